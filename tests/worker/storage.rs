//! The storage of a Durable Object, natively: SQLite within the platform's limits, and faults where a test wants them.

use chaski::worker::{Fault, Storage};
use rusqlite::{
    Connection, Statement,
    config::DbConfig,
    limits::Limit,
    types::{Null, ValueRef},
};
use serde_json::Value;
use std::{cell::Cell, path::PathBuf};

/// What workerd sets, in `util/sqlite.c++`.
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, 2_200_000),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
];

/// A database of a Durable Object.
pub struct Db {
    connection: Connection,
    path: Option<PathBuf>,
    /// How many statements it still runs before one fails.
    fuse: Cell<Option<usize>>,
    /// What it says its size is, where that is not left to the truth.
    pub size: Cell<Option<u64>>,
    /// What it draws, where that is not left to chance.
    pub chance: Cell<Option<u128>>,
    seed: Cell<u64>,
}

impl Db {
    /// An empty one, in memory.
    pub fn new() -> Self {
        Self::open(None)
    }

    /// The one in this file, or an empty one.
    pub fn open(path: Option<PathBuf>) -> Self {
        let (fuse, size, chance, seed) = Default::default();
        Self { connection: connect(path.as_ref()), path, fuse, size, chance, seed }
    }

    /// Forgets all that is not on disk.
    pub fn reopen(&mut self) {
        if self.path.is_some() {
            self.connection = connect(self.path.as_ref());
        }
    }

    /// Does a step: all of what it writes is kept, or nothing where it fails.
    pub fn transaction<T>(&self, step: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        self.connection.execute_batch("BEGIN").unwrap();
        let result = step();
        self.connection.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        result
    }

    /// The statement after so many others fails.
    pub fn fail_after(&self, statements: usize) {
        self.fuse.set(Some(statements));
    }

    /// Nothing fails any more. Whether a fault was still to come.
    pub fn mend(&self) -> bool {
        self.fuse.take().is_some()
    }

    /// A string or a row holds so many bytes at most.
    pub fn limit(&self, bytes: i32) {
        self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes).unwrap();
    }

    /// How many rows were ever written.
    pub fn writes(&self) -> u64 {
        self.connection.total_changes()
    }

    /// What a statement finds.
    pub fn query(&self, statement: &str) -> Vec<Vec<Value>> {
        self.run(statement, &[]).unwrap()
    }

    fn run(&self, statement: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = self.connection.prepare_cached(statement)?;
        bind(&mut statement, parameters)?;
        rows(&mut statement)
    }

    /// The one number that a statement finds.
    pub fn number(&self, statement: &str) -> i64 {
        self.query(statement)[0][0].as_i64().unwrap()
    }

    /// All that is kept.
    pub fn dump(&self) -> Vec<Vec<Vec<Value>>> {
        let tables = self.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        tables.iter().map(|row| self.query(&format!("SELECT * FROM {}", row[0].as_str().unwrap()))).collect()
    }
}

impl Storage for Db {
    fn sql(&self, statement: &'static str, parameters: &str) -> Result<String, Fault> {
        let fuse = self.fuse.take();
        if fuse == Some(0) {
            return Err(Fault("the storage failed".to_owned()));
        }
        self.fuse.set(fuse.map(|left| left - 1));
        let parameters: Vec<Value> = serde_json::from_str(parameters).unwrap();
        // No step expects a statement to fail: one that does is wrong.
        let rows = self.run(statement, &parameters).unwrap_or_else(|error| panic!("{error}: {statement}"));
        let width = Value::from(rows.first().map_or(0, Vec::len));
        Ok(serde_json::to_string(&[vec![width], rows.concat()].concat()).unwrap())
    }

    fn run(&self, statement: &'static str, parameters: &str) -> Result<(), Fault> {
        self.sql(statement, parameters).map(drop)
    }

    fn size(&self) -> u64 {
        self.size.get().unwrap_or_else(|| {
            let pages = self.number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
            pages.try_into().unwrap()
        })
    }

    fn random(&self) -> u128 {
        let half = || {
            // SplitMix64.
            self.seed.set(self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let z = self.seed.get();
            let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            u128::from(z ^ (z >> 31))
        };
        self.chance.get().unwrap_or_else(|| half() << 64 | half())
    }
}

fn connect(path: Option<&PathBuf>) -> Connection {
    let connection = path.map_or_else(Connection::open_in_memory, Connection::open).unwrap();
    connection.set_prepared_statement_cache_capacity(100);
    // Otherwise it would prepare a statement again for each of its parameters.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    for (limit, value) in LIMITS {
        connection.set_limit(*limit, *value).unwrap();
    }
    connection
}

fn bind(statement: &mut Statement<'_>, parameters: &[Value]) -> rusqlite::Result<()> {
    // As `sql.exec` has it.
    assert_eq!(parameters.len(), statement.parameter_count(), "parameters");
    for (at, value) in parameters.iter().enumerate() {
        match value {
            Value::Null => statement.raw_bind_parameter(at + 1, Null)?,
            Value::Number(number) => statement.raw_bind_parameter(at + 1, number.as_i64().unwrap())?,
            Value::String(text) => statement.raw_bind_parameter(at + 1, text)?,
            other => panic!("no parameter: {other}"),
        }
    }
    Ok(())
}

fn rows(statement: &mut Statement<'_>) -> rusqlite::Result<Vec<Vec<Value>>> {
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let value = |at| match row.get_ref(at).unwrap() {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Text(text) => str::from_utf8(text).unwrap().into(),
            other => panic!("no value: {other:?}"),
        };
        found.push((0..columns).map(value).collect());
    }
    Ok(found)
}

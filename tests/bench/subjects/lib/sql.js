// The Worker's own SQL, for a Durable Object in JavaScript: the tables, and what it takes to accept a message and to deliver it. That these are
// the same is checked before anything is measured (statements.mjs).

export const TABLES = [
  `CREATE TABLE IF NOT EXISTS submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT, batch TEXT UNIQUE, key TEXT, first INTEGER, last INTEGER,
    via TEXT, metadata TEXT, send_at INTEGER, created_at INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, submission INTEGER NOT NULL, place INTEGER,
    recipient TEXT NOT NULL, chat TEXT NOT NULL, turn INTEGER NOT NULL,
    phase TEXT NOT NULL, status TEXT NOT NULL, leg INTEGER, since INTEGER, legs TEXT NOT NULL,
    may_be_out INTEGER NOT NULL, on_ambiguous TEXT NOT NULL, expires_at INTEGER, asked INTEGER, follow_at INTEGER,
    next TEXT, next_at INTEGER, held INTEGER NOT NULL, open INTEGER NOT NULL, needed INTEGER NOT NULL,
    connection TEXT, provider TEXT, provider_id TEXT, job TEXT, error TEXT, degraded TEXT NOT NULL,
    tries INTEGER NOT NULL, attempts TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS message_ready ON message (next, next_at, seq) WHERE next IS NOT NULL AND held = 0`,
  `CREATE INDEX IF NOT EXISTS message_chat ON message (chat, turn, seq) WHERE open = 1`,
  `CREATE INDEX IF NOT EXISTS message_end ON message (expires_at) WHERE next IS NOT NULL AND expires_at IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS message_sending ON message (since) WHERE since IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS message_follow ON message (follow_at) WHERE follow_at IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS message_over ON message (updated_at) WHERE open = 0`,
  `CREATE INDEX IF NOT EXISTS message_reported ON message (provider_id, connection) WHERE provider_id IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS message_needed ON message (submission) WHERE needed = 1`,
  `CREATE TABLE IF NOT EXISTS text (
    submission INTEGER, kind TEXT, part INTEGER, text TEXT NOT NULL, PRIMARY KEY (submission, kind, part)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, digest TEXT NOT NULL, submission INTEGER NOT NULL, answered INTEGER, until INTEGER NOT NULL,
    at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS idempotency_at ON idempotency (at)`,
  `CREATE TABLE IF NOT EXISTS pace (
    number TEXT PRIMARY KEY, last_at INTEGER NOT NULL, whole_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS posted (
    hook TEXT, delivery TEXT, submission INTEGER NOT NULL, PRIMARY KEY (hook, delivery)) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS posted_submission ON posted (submission)`,
  `CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY, used INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS token_end ON token (expires_at)`,
  `CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, identity TEXT NOT NULL, type TEXT NOT NULL,
    connection TEXT, about TEXT, thread TEXT, came_at INTEGER NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS event_identity ON event (identity)`,
  `CREATE INDEX IF NOT EXISTS event_about ON event (about, connection) WHERE about IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS event_came ON event (came_at)`,
  `CREATE TABLE IF NOT EXISTS event_text (
    event INTEGER, part INTEGER, text TEXT NOT NULL, PRIMARY KEY (event, part)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, subscriber TEXT NOT NULL, event INTEGER NOT NULL, thread TEXT,
    status TEXT NOT NULL, tries INTEGER NOT NULL, attempt INTEGER NOT NULL, next_at INTEGER, since INTEGER,
    attempts TEXT NOT NULL, queued_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (subscriber, event))`,
  `CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event)`,
  `CREATE INDEX IF NOT EXISTS delivery_due ON delivery (subscriber, next_at, event) WHERE next_at IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS delivery_sending ON delivery (subscriber, thread) WHERE since IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS delivery_failed ON delivery (subscriber) WHERE status = 'failed'`,
  `CREATE TABLE IF NOT EXISTS subscriber (
    name TEXT PRIMARY KEY, target TEXT NOT NULL, last_at INTEGER, delivered_at INTEGER, failed_at INTEGER,
    rests_until INTEGER, paused_at INTEGER) WITHOUT ROWID`,
];

export const SUBMIT =
  "INSERT INTO submission (batch, key, via, metadata, send_at, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id";

export const KEEP_TEXT = "INSERT INTO text (submission, kind, part, text) VALUES (?, ?, ?, ?)";

export const INSERT =
  `INSERT INTO message (id, submission, place, recipient, chat, turn, phase, status, leg, legs, may_be_out, on_ambiguous,
    expires_at, next, next_at, held, open, needed, degraded, tries, attempts, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 0, 1, 1, '[]', 0, '', ?, ?) RETURNING seq`;

export const PLACE = "UPDATE submission SET first = ?, last = ? WHERE id = ?";

export const SUBMITTED =
  `SELECT message.id, batch, status, recipient, via, connection, provider, provider_id, job, attempts, error,
    message.created_at, updated_at, send_at, expires_at, metadata, degraded, seq
    FROM message JOIN submission ON submission.id = message.submission
    WHERE submission.id = ?1 AND seq BETWEEN first AND last ORDER BY seq`;

export const KNOWN = "SELECT digest, submission, answered, until FROM idempotency WHERE key = ? AND at > ?";

export const KEEP_KEY = "INSERT INTO idempotency (key, digest, submission, until, at) VALUES (?, ?, ?, ?, ?)";

export const LOOK =
  `SELECT NULL AS place, (SELECT MIN(since) FROM message WHERE since IS NOT NULL),
    (SELECT MIN(expires_at) FROM message WHERE next IS NOT NULL AND expires_at IS NOT NULL),
    (SELECT MIN(follow_at) FROM message WHERE follow_at IS NOT NULL),
    (SELECT MIN(at) FROM idempotency), (SELECT MIN(updated_at) FROM message WHERE open = 0),
    (SELECT MIN(came_at) FROM event), (SELECT MIN(expires_at) FROM token)
    UNION ALL SELECT line.key, (SELECT MIN(next_at) FROM message WHERE next = line.value ->> 0 AND held = 0),
    (SELECT COUNT(*) FROM message WHERE since IS NOT NULL AND connection = line.value ->> 0), last_at, whole_at,
    NULL, NULL, NULL FROM json_each(?) AS line LEFT JOIN pace ON number = line.value ->> 1 ORDER BY place`;

const FIND =
  `SELECT seq, submission, place, chat, turn, phase, status, leg, since, legs, may_be_out, on_ambiguous,
    expires_at, asked, follow_at, connection, provider, provider_id, job, error, degraded, tries FROM message WHERE`;

export const FIND_FIRST = `${FIND} next = ? AND held = 0 ORDER BY next_at, seq LIMIT 0 + ?`;

export const FIND_ONE = `${FIND} seq = ?`;

export const FIRST_OF_CHAT =
  `SELECT COALESCE((SELECT seq FROM message WHERE since IS NOT NULL AND chat = ?1),
    (SELECT seq FROM message WHERE chat = ?1 AND open = 1 ORDER BY turn, seq LIMIT 1))`;

export const HOLD = "UPDATE message SET held = 1 WHERE seq = ?";

export const TEXT = "SELECT text FROM text WHERE submission = ? AND kind = ? ORDER BY part";

export const SAVE =
  `UPDATE message SET turn = ?, phase = ?, status = ?, leg = ?, since = ?, legs = ?, may_be_out = ?, expires_at = ?,
    asked = ?, follow_at = ?, next = ?, next_at = ?, open = ?, needed = ?, connection = ?, provider = ?,
    provider_id = ?, job = ?, error = ?, degraded = ?, tries = ?, updated_at = ?,
    attempts = CASE WHEN LENGTH(CAST(attempts AS BLOB)) > ? THEN '' ELSE attempts END || ? WHERE seq = ?`;

export const KEEP_BUDGET = "INSERT OR REPLACE INTO pace (number, last_at, whole_at) VALUES (?, ?, ?)";

export const LET_FIRST_GO =
  `UPDATE message SET held = 0 WHERE held = 1 AND seq =
    (SELECT seq FROM message WHERE chat = ? AND open = 1 ORDER BY turn, seq LIMIT 1)`;

export const DROP_CONTENT =
  `DELETE FROM text WHERE submission = ?1 AND kind = 'content'
    AND NOT EXISTS (SELECT 1 FROM message WHERE submission = ?1 AND needed = 1)`;

export const REPORTED = "SELECT type FROM event WHERE about = ? AND connection = ? ORDER BY seq";

//! What templates can say.

use super::*;

#[test]
fn names_sections_and_lists() {
    for (template, payload, want) in [
        ("{{a}} {{{a}}} {{&a}} {{ a }}", r#"{ "a": "<&\">" }"#, "<&\"> <&\"> <&\"> <&\">"),
        ("{{a.b.c}}", r#"{ "a": { "b": { "c": 7 } } }"#, "7"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", r#"{ "a": true }"#, "yes"),
        ("{{#l}}{{n}},{{/l}}", r#"{ "l": [{ "n": 1 }, { "n": 2 }] }"#, "1,2,"),
        ("{{#l}}{{.}}{{o}};{{/l}}", r#"{ "l": ["a", "b"], "o": "!" }"#, "a!;b!;"),
        ("{{#l}}{{#.}}{{.}}{{/.}}|{{/l}}", r#"{ "l": [[1, 2], [3]] }"#, "12|3|"),
        ("{{l}} {{o}}", r#"{ "l": ["a", 1, null], "o": { "x": 1.0 } }"#, r#"a, 1,  { "x": 1.0 }"#),
        ("{{l.0}}{{l.1.n}}{{l.2}}", r#"{ "l": ["a", { "n": "b" }] }"#, "ab"),
        ("{{! nothing }}x{{!nothing}}", "{}", "x"),
        ("{{ä.ö}} }} {x}", r#"{ "ä": { "ö": "ü" } }"#, "ü }} {x}"),
    ] {
        assert_eq!(rendered(template, payload), want, "{template}");
    }
}

#[test]
fn what_is_missing_is_empty() {
    let template = "[{{a}}{{a.b}}{{a.b.c.short_3}}{{#a}}x{{/a}}{{#s.x}}x{{/s.x}}{{s.x.y}}{{n.x}}{{l.9}}{{l.x}}{{.x}}{{s.short_x}}]";
    for payload in ["{}", r#"{ "s": "text", "n": null, "l": [] }"#, r#"{ "a": null, "s": 7, "l": {} }"#] {
        assert_eq!(rendered(template, payload), "[]", "{payload}");
    }
    for nothing in ["null", "false", "0", "\"\"", "[]", "{}"] {
        assert_eq!(rendered("{{#a}}yes{{/a}}{{^a}}no{{/a}}", &format!(r#"{{ "a": {nothing} }}"#)), "no", "{nothing}");
    }
    assert_eq!(
        rendered(
            "{{#a.count}}yes{{/a.count}}{{#a.is_}}blank{{/a.is_}}{{#b.is_0}}!{{/b.is_0}}",
            r#"{ "a": [], "b": 0 }"#
        ),
        "!"
    );
    assert_eq!(rendered("{{#o}}[{{x}}]{{/o}}", r#"{ "x": "out", "o": { "x": null } }"#), "[]", "null is not absent");
}

#[test]
fn numbers_stand_as_they_came() {
    for number in ["120363025246125016999", "1.10", "-0.0", "1e400", "0.1e-7"] {
        assert_eq!(rendered("{{n}}", &format!(r#"{{ "n": {number} }}"#)), number);
    }
}

#[test]
fn views_shorten_compare_and_count() {
    for (name, payload, want) in [
        ("t.first_3", r#""äöüß""#, "äöü"),
        ("t.first_9", r#""äöüß""#, "äöüß"),
        ("t.short_3", r#""äöüß""#, "äö…"),
        ("t.short_4", r#""äöüß""#, "äöüß"),
        ("t.short_5", r#"" a\n\n b  c ""#, "a b c"),
        ("t.short_0", r#""abc""#, "…"),
        ("t.line", r#""\n one \ntwo""#, "one"),
        ("t.line.short_2", r#""one\ntwo""#, "o…"),
        ("t.words", r#""timed_out""#, "timed out"),
        ("t.branch", r#""refs/heads/a/b.c""#, "a/b.c"),
        ("t.branch", r#""refs/tags/a""#, ""),
        ("t.tag", r#""refs/tags/a""#, "a"),
        ("t.is_a", r#""a""#, "true"),
        ("t.is_a.b,c", r#""a.b""#, "true"),
        ("t.is_a,b", r#""c""#, ""),
        ("t.is_7", "7", "true"),
        ("t.is_true", "true", "true"),
        ("t.count", "[1, 2, 3]", "3"),
        ("t.count", "[]", "0"),
        ("t.first_2", "[1, 2, 3]", "1, 2"),
        ("t.first_9", "[1]", "1"),
        ("t.more_2", "[1, 2, 3]", "1"),
        ("t.more_3", "[1, 2, 3]", ""),
        ("t.first_2", r#"{ "first_2": "mine" }"#, "mine"),
    ] {
        assert_eq!(rendered(&format!("{{{{{name}}}}}"), &format!(r#"{{ "t": {payload} }}"#)), want, "{name} {payload}");
    }
}

#[test]
fn money_is_in_the_currency_beside_it() {
    for (amount, currency, want) in [
        ("1999", r#""usd""#, "USD 19.99"),
        ("5", r#""usd""#, "USD 0.05"),
        ("0", r#""EUR""#, "EUR 0.00"),
        ("-250", r#""eur""#, "EUR -2.50"),
        ("5000", r#""jpy""#, "JPY 5000"),
        ("5120", r#""kwd""#, "KWD 5.120"),
        ("500", r#""ugx""#, "UGX 5.00"),
        ("12345678901234567890", r#""usd""#, "USD 123456789012345678.90"),
        ("1.5", r#""usd""#, ""),
        ("null", r#""usd""#, ""),
    ] {
        let payload = format!(r#"{{ "o": {{ "amount": {amount}, "currency": {currency} }} }}"#);
        assert_eq!(rendered("{{o.amount.money}}", &payload), want);
        assert_eq!(rendered("{{#o}}{{amount.money}}{{/o}}", &payload), want);
    }
    assert_eq!(rendered("{{amount.money}}", r#"{ "amount": 1 }"#), "");
}

#[test]
fn a_tag_alone_in_its_line_leaves_no_line() {
    let template = "a\n{{#l}}\n- {{.}}\n  {{^x}}  \n  !\n{{/x}}\n{{/l}}\r\n{{! said }}\nz";
    assert_eq!(rendered(template, r#"{ "l": [1, 2] }"#), "a\n- 1\n  !\n- 2\n  !\nz");
}

#[test]
fn what_is_wrong_with_a_template_is_told_with_its_line() {
    for (template, want) in [
        ("{{", "line 1: {{ without }}"),
        ("a\n\n{{a", "line 3: {{ without }}"),
        ("{{}}", "line 1: {{}} is no name"),
        ("{{!}}", "line 1: {{!}} is no name"),
        ("{{ }}", "line 1: {{ }} is no name"),
        ("{{a b}}", "line 1: {{a b}} is no name"),
        ("{{a\n}}", "line 1: {{a\n}} is no name"),
        ("{{{a}}", "line 1: {{{ without }}}"),
        ("{{#a}}\n{{/b}}", "line 2: {{/b}} where {{/a}} belongs"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "line 1: {{/a}} where {{/b}} belongs"),
        ("\n{{/a}}", "line 2: {{/a}} closes nothing"),
        ("{{^a}}\n{{#b}}\n{{/b}}", "line 1: {{#a}} without {{/a}}"),
        ("{{!\n}}\n{{#a}}", "line 3: {{#a}} without {{/a}}"),
        ("{{>part}}", "line 1: {{>: there are no partials"),
        ("{{=<% %>=}}", "line 1: {{=: there are no partials"),
        ("{{! } }}", "line 1: a comment has no }"),
    ] {
        let error = super::super::template::Template::parse(template).err().unwrap();
        assert!(error.starts_with(want), "{template}: {error}");
    }
    let deep = format!("{}x{}", "{{#a}}".repeat(16), "{{/a}}".repeat(16));
    assert!(super::super::template::Template::parse(&deep).err().unwrap().contains("15 deep"));
    let deep = format!("{}x{}", "{{#a}}".repeat(15), "{{/a}}".repeat(15));
    assert_eq!(rendered(&deep, r#"{ "a": 1 }"#), "x");
}

#[test]
fn a_name_is_found_however_deep_the_template_is() {
    let template = "{{#a}}{{#b}}{{#c}}{{#d}}{{#e}}{{#f}}{{x}}{{/f}}{{/e}}{{/d}}{{/c}}{{/b}}{{/a}}";
    let payload = r#"{ "x": "far", "a": { "b": { "c": { "d": { "e": { "f": 1 } } } } } }"#;
    assert_eq!(rendered(template, payload), "far");
}

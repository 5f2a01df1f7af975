//! The audit log as rows of an export.

use app::{
    audit::{object::object, words},
    export::audit_headings,
    i18n::Locale,
};
use model::audit::AuditRow;
use serde::Serialize;
use serde_json::Value;

use super::table::{Cell, Record};

#[derive(Serialize)]
struct Line<'r> {
    id: i64,
    at: String,
    actor: Option<&'r str>,
    action: &'static str,
    object: &'r str,
    before: Option<Value>,
    after: Option<Value>,
}

impl Record for AuditRow {
    fn headings(locale: Locale) -> Vec<&'static str> {
        audit_headings(locale)
    }

    fn cells(&self, locale: Locale) -> Vec<Cell> {
        let entry = &self.entry;
        vec![
            Cell::Number(entry.id),
            Cell::Time(entry.at),
            Cell::text(words::person(entry.actor.as_deref(), locale)),
            Cell::text(words::action(entry.action, locale)),
            Cell::text(entry.action.as_str()),
            Cell::text(entry.object.as_str()),
            Cell::text(object(self, locale).name),
            Cell::text_or_empty(entry.before.as_deref()),
            Cell::text_or_empty(entry.after.as_deref()),
        ]
    }

    fn json(&self) -> impl Serialize {
        let entry = &self.entry;
        Line {
            id: entry.id,
            at: entry.at.to_string(),
            actor: entry.actor.as_deref(),
            action: entry.action.as_str(),
            object: &entry.object,
            before: entry.before.as_deref().map(value),
            after: entry.after.as_deref().map(value),
        }
    }
}

/// What is no JSON is told as text.
fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::from(json))
}

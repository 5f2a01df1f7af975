//! What a line of the audit log speaks of, as people call it, and where its page is.

use model::audit::{Action, AuditRow, Subject};
use serde_json::Value;

use crate::{i18n::*, query};

/// An object in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What kind of thing it is.
    pub kind: Option<&'static str>,
    /// What it is called.
    pub name: String,
    /// Its page, if it has one and is still there.
    pub href: Option<String>,
    /// The mini program that it belongs to.
    pub of: Option<String>,
}

/// The object of a line.
pub fn object(row: &AuditRow, locale: Locale) -> Object {
    let entry = &row.entry;
    let (kind, rest) = entry.object.split_once(' ').unwrap_or((&entry.object, ""));
    let object = |kind, name: &str| Object { kind: Some(kind), name: name.to_owned(), href: None, of: None };
    match (kind, &row.subject) {
        ("program", subject) => {
            let now = match subject {
                Some(Subject::Program { name, .. }) => Some(name.clone()),
                _ => None,
            };
            let href = now.is_some().then(|| format!("/programs/{rest}"));
            let name = now.or_else(|| told(row, "name"));
            Object { href, ..object(td_string!(locale, audit.kind.program), &name.unwrap_or_else(|| rest.to_owned())) }
        }
        ("entry", Some(Subject::Program { id, name })) => {
            let list = told(row, "api").map(|api| format!("#{api}")).unwrap_or_default();
            let (href, of) = (Some(format!("/programs/{id}{list}")), Some(name.clone()));
            Object { href, of, ..object(td_string!(locale, audit.kind.entry), rest) }
        }
        ("entry", _) => object(td_string!(locale, audit.kind.entry), rest),
        ("endpoint", Some(Subject::Endpoint { id, target })) => {
            let href = Some(format!("/endpoints/{id}"));
            Object { href, ..object(td_string!(locale, audit.kind.endpoint), &target.to_string()) }
        }
        ("endpoint", _) => {
            // Named by its host and port, it can be looked for.
            let named = entry.action != Action::ProbeStart;
            let href = named.then(|| query::link("/endpoints", [("q", Some(rest.to_owned()))]));
            Object { href, ..object(td_string!(locale, audit.kind.endpoint), rest) }
        }
        ("icp", _) => {
            let href = Some(format!("/icp/{rest}"));
            Object { href, ..object(td_string!(locale, audit.kind.icp), rest) }
        }
        ("account", _) => object(td_string!(locale, audit.kind.account), rest),
        ("mail", _) => {
            let kind = td_string!(locale, audit.kind.mail);
            match rest.strip_prefix("to ") {
                Some(address) => object(kind, address),
                None => object(kind, ""),
            }
        }
        ("export", _) => {
            let list = match rest {
                "audit" => td_string!(locale, audit.title),
                "endpoints" => td_string!(locale, endpoints.list.title),
                "programs" => td_string!(locale, common.nav.programs),
                other => other,
            };
            let href = told(row, "view").filter(|view| view.starts_with('/'));
            Object { href, ..object(td_string!(locale, audit.kind.export), list) }
        }
        ("filter", _) => {
            let href = told(row, "view").filter(|view| view.starts_with('/'));
            Object { kind: None, name: td_string!(locale, audit.kind.filter).to_owned(), href, of: None }
        }
        _ => {
            let name = match entry.object.as_str() {
                "every endpoint" => td_string!(locale, audit.kind.every_endpoint),
                "probing settings" => td_string!(locale, audit.kind.probing_settings),
                "import" => td_string!(locale, audit.kind.import),
                "run" => td_string!(locale, audit.kind.run),
                "selection" => td_string!(locale, audit.kind.selection),
                "set-up link" => td_string!(locale, audit.kind.set_up_link),
                other => other,
            };
            Object { kind: None, name: name.to_owned(), href: None, of: None }
        }
    }
}

/// A field of the object as the line tells it, as it is now or else as it was.
fn told(row: &AuditRow, field: &str) -> Option<String> {
    let objects = [row.entry.after.as_deref(), row.entry.before.as_deref()];
    objects.into_iter().flatten().find_map(|json| {
        let object: Value = serde_json::from_str(json).ok()?;
        object.get(field)?.as_str().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{
        Timestamp,
        audit::AuditEntry,
        service::{EndpointId, ProgramId},
    };

    use super::*;

    fn row(action: Action, object: &str, before: Option<&str>, after: Option<&str>) -> AuditRow {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        let at = Timestamp::UNIX_EPOCH;
        let entry = AuditEntry { id: 1, at, actor: None, action, object: object.to_owned(), before, after };
        AuditRow { entry, subject: None }
    }

    fn told(row: &AuditRow) -> (Option<&'static str>, String, Option<String>, Option<String>) {
        let Object { kind, name, href, of } = object(row, Locale::en);
        (kind, name, href, of)
    }

    fn own(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_is_still_there_has_its_name_of_today_and_a_link() {
        let shop = Some(Subject::Program { id: ProgramId(3), name: "Shop".to_owned() });
        let server = Some(Subject::Endpoint { id: EndpointId(7), target: "a.example:443".parse().unwrap() });
        let change = row(Action::ProgramChange, "program 3", Some(r#"{"name":"Old"}"#), Some(r#"{"name":"Then"}"#));
        let change = AuditRow { subject: shop.clone(), ..change };
        assert_eq!(told(&change), (Some("Mini program"), "Shop".to_owned(), own("/programs/3"), None));

        let add = row(Action::EntryAdd, "entry https://a.example", None, Some(r#"{"api":"request","program":3}"#));
        let add = AuditRow { subject: shop, ..add };
        let (name, href) = ("https://a.example".to_owned(), own("/programs/3#request"));
        assert_eq!(told(&add), (Some("Entry"), name, href, own("Shop")));

        let probe = AuditRow { subject: server, ..row(Action::ProbeStart, "endpoint 7", None, None) };
        assert_eq!(told(&probe), (Some("Endpoint"), "a.example:443".to_owned(), own("/endpoints/7"), None));
    }

    #[test]
    fn what_is_gone_has_its_last_name_and_no_link() {
        let removed = row(Action::ProgramRemove, "program 3", Some(r#"{"name":"Shop"}"#), None);
        assert_eq!(told(&removed), (Some("Mini program"), "Shop".to_owned(), None, None));
        let probe = row(Action::ProbeStart, "program 3", None, Some(r#"{"run":1}"#));
        assert_eq!(told(&probe), (Some("Mini program"), "3".to_owned(), None, None));
        let probe = row(Action::ProbeStart, "endpoint 7", None, None);
        assert_eq!(told(&probe), (Some("Endpoint"), "7".to_owned(), None, None));
    }

    #[test]
    fn an_endpoint_by_its_name_is_looked_for_and_an_export_leads_to_its_list() {
        let stored = row(Action::ProbeStore, "endpoint [2001:db8::1]:443", None, None);
        let href = own("/endpoints?q=%5B2001%3Adb8%3A%3A1%5D%3A443");
        assert_eq!(told(&stored), (Some("Endpoint"), "[2001:db8::1]:443".to_owned(), href, None));
        for (view, href) in [("/endpoints?verdict=fail", own("/endpoints?verdict=fail")), ("javascript:x", None)] {
            let export = row(Action::ExportRead, "export endpoints", None, Some(&format!(r#"{{"view":"{view}"}}"#)));
            assert_eq!(told(&export), (Some("Export"), "Endpoints".to_owned(), href, None));
        }
    }

    #[test]
    fn what_a_filter_let_through_leads_to_what_it_lets_through_now() {
        let (name, href) = ("All that matched a filter".to_owned(), own("/endpoints?verdict=fail"));
        for action in [Action::ProbeStart, Action::EndpointTag] {
            let done = row(action, "filter", None, Some(r#"{"endpoints":3,"view":"/endpoints?verdict=fail"}"#));
            assert_eq!(told(&done), (None, name.clone(), href.clone(), None));
        }
    }

    #[test]
    fn a_mail_is_called_after_whom_it_goes_to() {
        for (text, name) in [("mail to li@example.com", "li@example.com"), ("mail settings", ""), ("mail", "")] {
            assert_eq!(told(&row(Action::MailChange, text, None, None)), (Some("Mail"), name.to_owned(), None, None));
        }
    }

    #[test]
    fn a_filing_has_a_page_and_what_has_none_is_in_words() {
        let filing = row(Action::IcpChange, "icp hufu.example", None, None);
        let name = "hufu.example".to_owned();
        assert_eq!(told(&filing), (Some("ICP filing"), name, own("/icp/hufu.example"), None));
        for (object, name) in [
            ("every endpoint", "Every endpoint"),
            ("selection", "Selected endpoints"),
            ("run", "Probe run"),
            ("set-up link", "Link to the first account"),
        ] {
            assert_eq!(told(&row(Action::ProbeStart, object, None, None)), (None, name.to_owned(), None, None));
        }
    }

    #[test]
    fn what_this_version_does_not_know_is_shown_as_it_is() {
        let other = row(Action::ProbeStart, "comet 3", None, Some("{broken"));
        assert_eq!(told(&other), (None, "comet 3".to_owned(), None, None));
    }
}

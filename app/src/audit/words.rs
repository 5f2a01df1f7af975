//! The words of the audit log: actions, fields and values.

use model::{
    Api, Code, Timestamp, Verdict, Zone,
    accounts::Role,
    alerts::{Language, Security},
    audit::Action,
    icp::{IcpSource, IcpState},
};
use serde_json::Value;

use crate::{alerts::failure::failure_words, findings::words::title, i18n::*, words};

/// What was done.
pub fn action(action: Action, locale: Locale) -> &'static str {
    match action {
        Action::AccountSetUp => td_string!(locale, audit.action.account_set_up),
        Action::SessionStart => td_string!(locale, audit.action.session_start),
        Action::SessionRefused => td_string!(locale, audit.action.session_refused),
        Action::SessionEnd => td_string!(locale, audit.action.session_end),
        Action::ProgramAdd => td_string!(locale, audit.action.program_add),
        Action::ProgramChange => td_string!(locale, audit.action.program_change),
        Action::ProgramRemove => td_string!(locale, audit.action.program_remove),
        Action::ProgramRestore => td_string!(locale, audit.action.program_restore),
        Action::EntryAdd => td_string!(locale, audit.action.entry_add),
        Action::EntryChange => td_string!(locale, audit.action.entry_change),
        Action::EntryRemove => td_string!(locale, audit.action.entry_remove),
        Action::ImportApply => td_string!(locale, audit.action.import_apply),
        Action::IcpChange => td_string!(locale, audit.action.icp_change),
        Action::EndpointTag => td_string!(locale, audit.action.endpoint_tag),
        Action::EndpointRoute => td_string!(locale, audit.action.endpoint_route),
        Action::EndpointTry => td_string!(locale, audit.action.endpoint_try),
        Action::ProbeStart => td_string!(locale, audit.action.probe_start),
        Action::ProbeCancel => td_string!(locale, audit.action.probe_cancel),
        Action::ProbeStore => td_string!(locale, audit.action.probe_store),
        Action::AccountLink => td_string!(locale, audit.action.account_link),
        Action::AccountAdd => td_string!(locale, audit.action.account_add),
        Action::AccountChange => td_string!(locale, audit.action.account_change),
        Action::AccountPassword => td_string!(locale, audit.action.account_password),
        Action::RecipientAdd => td_string!(locale, audit.action.recipient_add),
        Action::RecipientRemove => td_string!(locale, audit.action.recipient_remove),
        Action::SettingsChange => td_string!(locale, audit.action.settings_change),
        Action::MailChange => td_string!(locale, audit.action.mail_change),
        Action::MailTest => td_string!(locale, audit.action.mail_test),
        Action::NoticeWrite => td_string!(locale, audit.action.notice_write),
        Action::NoticeSend => td_string!(locale, audit.action.notice_send),
        Action::NoticeGiveUp => td_string!(locale, audit.action.notice_give_up),
        Action::NoticeSettle => td_string!(locale, audit.action.notice_settle),
        Action::NoticeRetry => td_string!(locale, audit.action.notice_retry),
        Action::ExportRead => td_string!(locale, audit.action.export_read),
    }
}

/// Who did it: a log-in name, or Hufu by itself.
pub fn person(actor: Option<&str>, locale: Locale) -> String {
    actor.unwrap_or(td_string!(locale, common.product)).to_owned()
}

/// Whether a field tells a reader anything: not what a notice is found again by, which its other fields say in words.
pub fn is_told(path: &str) -> bool {
    !matches!(path, "occasion" | "notice.endpoint")
}

/// A notice is told by its parts.
fn within_notice(path: &str) -> &str {
    path.strip_prefix("notice.").unwrap_or(path)
}

/// The name of a field; one without words has its own.
pub fn field(path: &str, locale: Locale) -> String {
    let word = match within_notice(path) {
        "" => td_string!(locale, audit.field.whole),
        "allowed" => td_string!(locale, audit.field.allowed),
        "at_once" => td_string!(locale, audit.field.at_once),
        "every_hours" => td_string!(locale, audit.field.every_hours),
        "added" => td_string!(locale, audit.field.added),
        "addresses" => td_string!(locale, audit.field.addresses),
        "address" => td_string!(locale, audit.field.address),
        "api" => td_string!(locale, audit.field.api),
        "app_id" => td_string!(locale, audit.field.app_id),
        "codes" => td_string!(locale, audit.field.codes),
        "confirmed_at" => td_string!(locale, audit.field.confirmed_at),
        "depth" => td_string!(locale, audit.field.depth),
        "endpoints" => td_string!(locale, audit.field.endpoints),
        "entries" => td_string!(locale, audit.field.entries),
        "entry" => td_string!(locale, audit.field.entry),
        "format" => td_string!(locale, audit.field.format),
        "login" => td_string!(locale, audit.field.login),
        "name" => td_string!(locale, audit.field.name),
        "number" => td_string!(locale, audit.field.number),
        "observation" => td_string!(locale, audit.field.observation),
        "per_list" => td_string!(locale, audit.field.per_list),
        "prefetch" => td_string!(locale, programs.settings.prefetch),
        "business" => td_string!(locale, programs.settings.business),
        "changes_a_month" => td_string!(locale, programs.settings.changes_a_month),
        "stale_after_days" => td_string!(locale, settings.probing.stale_after),
        "strict_sockets" => td_string!(locale, programs.settings.strict_sockets),
        "platforms.android" => td_string!(locale, words.platform.android),
        "platforms.ios" => td_string!(locale, words.platform.ios),
        "platforms.macos" => td_string!(locale, words.platform.macos),
        "platforms.windows" => td_string!(locale, words.platform.windows),
        "program" => td_string!(locale, audit.field.program),
        "recipients" => td_string!(locale, audit.field.recipients),
        "registered" => td_string!(locale, audit.field.registered),
        "removed" => td_string!(locale, audit.field.removed),
        "role" => td_string!(locale, audit.field.role),
        "run" => td_string!(locale, audit.field.run),
        "server_name" => td_string!(locale, audit.field.server_name),
        "skip_check" => td_string!(locale, audit.field.skip_check),
        "state" => td_string!(locale, audit.field.state),
        "trusted" => td_string!(locale, audit.field.trusted),
        "verdict" => td_string!(locale, audit.field.verdict),
        "view" => td_string!(locale, audit.field.view),
        "zone" => td_string!(locale, audit.field.zone),
        "disabled" => td_string!(locale, audit.field.disabled),
        "error" => td_string!(locale, audit.field.error),
        "from" => td_string!(locale, audit.field.from),
        "has_password" => td_string!(locale, audit.field.has_password),
        "holder" => td_string!(locale, audit.field.holder),
        "source" => td_string!(locale, audit.field.source),
        "language" => td_string!(locale, audit.field.language),
        "not_after" => td_string!(locale, audit.field.not_after),
        "notice" => td_string!(locale, audit.field.notice),
        "notices" => td_string!(locale, audit.field.notices),
        "owner" => td_string!(locale, audit.field.owner),
        "programs" => td_string!(locale, common.nav.programs),
        "public_url" => td_string!(locale, audit.field.public_url),
        "sender" => td_string!(locale, audit.field.sender),
        "server.host" => td_string!(locale, audit.field.mail_host),
        "server.port" => td_string!(locale, audit.field.mail_port),
        "server.security" => td_string!(locale, audit.field.mail_security),
        "server.username" => td_string!(locale, audit.field.mail_username),
        "since" => td_string!(locale, audit.field.since),
        "target" => td_string!(locale, audit.kind.endpoint),
        "tags" => td_string!(locale, audit.field.tags),
        "tags_added" | "tag_added" => td_string!(locale, audit.field.tags_added),
        "tags_removed" | "tag_removed" => td_string!(locale, audit.field.tags_removed),
        "subject" => td_string!(locale, audit.field.subject),
        "works_for_seconds" => td_string!(locale, audit.field.works_for_seconds),
        _ => path,
    };
    word.to_owned()
}

/// The value of a field, a line each where it is a list.
pub fn values(path: &str, value: &Value, zone: Zone, locale: Locale) -> Vec<String> {
    let path = within_notice(path);
    match value {
        Value::Array(items) => items.iter().map(|item| one(path, item, zone, locale)).collect(),
        value => vec![one(path, value, zone, locale)],
    }
}

fn one(path: &str, value: &Value, zone: Zone, locale: Locale) -> String {
    match value {
        Value::Null => td_string!(locale, audit.none).to_owned(),
        Value::Bool(yes) => words::yes_or_no(*yes, locale).to_owned(),
        Value::String(time) if matches!(path, "not_after" | "since") => {
            time.parse::<Timestamp>().map_or_else(|_| time.clone(), |at| zone.write(at))
        }
        Value::String(word) => known(path, word, locale).unwrap_or(word).to_owned(),
        Value::Number(seconds) if path == "confirmed_at" => {
            let at = seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
            at.map_or_else(|| seconds.to_string(), |at| zone.write(at))
        }
        error @ Value::Object(_) if path == "error" => match serde_json::from_value(error.clone()) {
            Ok(failure) => failure_words(&failure, locale),
            Err(_) => error.to_string(),
        },
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| one(name, value, zone, locale));
            members.collect::<Vec<_>>().join(" · ")
        }
        value => value.to_string(),
    }
}

fn known(path: &str, word: &str, locale: Locale) -> Option<&'static str> {
    match path {
        "depth" => match word {
            "full" => Some(td_string!(locale, audit.depth.full)),
            "deep" => Some(td_string!(locale, audit.depth.deep)),
            _ => None,
        },
        "api" => Api::ALL.into_iter().find(|api| api.as_str() == word).map(|api| words::api(api, locale)),
        "codes" => word.parse::<Code>().ok().map(|code| title(code, locale)),
        "format" => match word {
            "wechat" => Some(td_string!(locale, programs.import.formats.wechat)),
            "lines" => Some(td_string!(locale, programs.import.formats.lines)),
            _ => None,
        },
        "from" if word == "another session" => Some(td_string!(locale, audit.another_session)),
        "language" => word.parse::<Language>().ok().map(words::language),
        "notice" => match word {
            "expiry" => Some(td_string!(locale, audit.notice.expiry)),
            "failing" => Some(td_string!(locale, audit.notice.failing)),
            _ => None,
        },
        "role" => word.parse::<Role>().ok().map(|role| words::role(role, locale)),
        "server.security" => word.parse::<Security>().ok().map(|security| words::security(security, locale)),
        "source" => word.parse::<IcpSource>().ok().map(|source| words::icp::source(source, locale)),
        "state" => word.parse::<IcpState>().ok().map(|state| words::icp::state(state, locale)),
        path if path == "verdict" || path.starts_with("platforms.") => {
            word.parse::<Verdict>().ok().map(|verdict| words::verdict(verdict, locale))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{HostPort, Verdicts, alerts::Notice, service::EndpointId};
    use serde_json::json;

    use super::*;
    use crate::audit::difference::difference;

    #[test]
    fn values_are_in_words_where_there_are_any() {
        for (path, value, english, chinese) in [
            ("skip_check", json!(true), "yes", "是"),
            ("verdict", json!("fail"), "Fails", "不可用"),
            ("platforms.ios", json!("pass"), "Works", "可用"),
            ("state", json!("not_filed"), "Not filed", "未备案"),
            ("role", json!("viewer"), "Viewer", "查看者"),
            ("depth", json!("deep"), "with every TLS 1.2 cipher suite", "列出全部 TLS 1.2 加密套件"),
            ("source", json!("lookup"), "look-up service", "查询服务"),
            ("notice.platforms.android", json!("fail"), "Fails", "不可用"),
            ("notice.since", json!("2026-03-15T08:00:00Z"), "2026-03-15 08:00 UTC", "2026-03-15 08:00 UTC"),
            ("notice.not_after", json!("some day"), "some day", "some day"),
            ("notice.notice", json!("expiry"), "A certificate ends soon", "证书即将到期"),
            ("notice.codes", json!(["rule.character"]), "A character that is not allowed", "含有不允许的字符"),
            ("server.security", json!("starttls"), "STARTTLS (usually port 587)", "STARTTLS（通常为 587 端口）"),
            ("language", json!("en"), "English", "English"),
            ("format", json!("wechat"), "WeChat's JSON", "微信接口 JSON"),
            ("format", json!("xlsx"), "xlsx", "xlsx"),
            ("from", json!("another session"), "another session", "另一处登录"),
            ("confirmed_at", json!(1_773_561_600), "2026-03-15 08:00 UTC", "2026-03-15 08:00 UTC"),
            ("per_list", json!(40), "40", "40"),
            ("name", json!("fail"), "fail", "fail"),
            ("error", json!("as it was once written"), "as it was once written", "as it was once written"),
            (
                "error",
                json!({ "code": "connection", "said": "reset" }),
                "No connection to the mail server. The system says: “reset”",
                "连不上邮件服务器。系统的原话：“reset”",
            ),
            ("verdict", json!("of a later version"), "of a later version", "of a later version"),
        ] {
            assert_eq!(values(path, &value, Zone::UTC, Locale::en), [english], "{path}");
            assert_eq!(values(path, &value, Zone::UTC, Locale::zh_CN), [chinese], "{path}");
        }
    }

    #[test]
    fn a_list_has_a_line_for_each_of_its_items() {
        let entries = json!([{ "api": "request", "entry": "https://a.example" }, { "api": "udp", "entry": "udp://b" }]);
        let lines = values("entries", &entries, Zone::UTC, Locale::zh_CN);
        assert_eq!(lines, ["request 合法域名 · https://a.example", "udp 合法域名 · udp://b"]);
    }

    #[test]
    fn every_part_of_a_notice_has_words_or_is_left_out() {
        let (endpoint, target) = (EndpointId(10), "a.example:443".parse::<HostPort>().unwrap());
        let (at, programs) = (Timestamp::UNIX_EPOCH, vec!["Shop".to_owned()]);
        let expiry = Notice::Expiry { endpoint, target: target.clone(), not_after: at, programs: programs.clone() };
        let (platforms, codes) = (Verdicts::default(), vec![Code::RuleCharacter]);
        let failing = Notice::Failing { endpoint, target, platforms, codes, since: Some(at), programs };
        for (notice, told) in [(expiry, 4), (failing, 9)] {
            let before = json!({ "occasion": "fail 10 0", "notice": notice }).to_string();
            let changes = difference(Some(&before), None).changes;
            let fields: Vec<_> = changes.iter().map(|change| &change.field).filter(|path| is_told(path)).collect();
            assert_eq!(fields.len(), told, "{fields:?}");
            for path in fields {
                for locale in [Locale::zh_CN, Locale::en] {
                    assert_ne!(field(path, locale), *path);
                }
            }
        }
    }

    #[test]
    fn every_action_has_words_of_its_own() {
        for locale in [Locale::zh_CN, Locale::en] {
            let words: std::collections::BTreeSet<_> = Action::ALL.iter().map(|it| action(*it, locale)).collect();
            assert_eq!(words.len(), Action::ALL.len());
        }
    }
}

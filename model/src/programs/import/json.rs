//! What WeChat's HTTP API answers or takes: `getwxadevinfo`, `modify_domain`, `get_effective_domain`
//! and their kin. Each list is an array of texts under its key; everything else is passed over.

use serde_json::{Map, Value};

use super::{ImportError, Place, ToldList, Unread, Why};
use crate::{Api, AppId, programs::paste::lines_of};

/// The lists of one answer, or of an array of them. Only objects with an `appid` say whose they are.
pub(super) fn read(text: &str) -> Result<(Vec<ToldList>, Vec<Unread>), ImportError> {
    // The parser itself refuses what is nested too deeply.
    let value: Value = serde_json::from_str(text)
        .map_err(|error| ImportError::Json { line: error.line().max(1), column: error.column().max(1) })?;
    let (mut lists, mut unread) = (Vec::new(), Vec::new());
    match &value {
        Value::Object(answer) => of_answer("", answer, &mut lists, &mut unread)?,
        Value::Array(answers) => {
            for (index, answer) in answers.iter().enumerate() {
                let field = format!("[{index}]");
                let answer = answer.as_object().ok_or_else(|| ImportError::NotTexts(field.clone()))?;
                of_answer(&format!("{field}."), answer, &mut lists, &mut unread)?;
            }
        }
        _ => return Err(ImportError::NoList),
    }
    if lists.is_empty() && unread.is_empty() { Err(ImportError::NoList) } else { Ok((lists, unread)) }
}

fn of_answer(
    path: &str,
    answer: &Map<String, Value>,
    lists: &mut Vec<ToldList>,
    unread: &mut Vec<Unread>,
) -> Result<(), ImportError> {
    if let Some(code) = answer.get("errcode").and_then(Value::as_i64).filter(|code| *code != 0) {
        return Err(ImportError::Wechat { code });
    }
    let app_id = match ["appid", "app_id"].into_iter().find_map(|key| answer.get(key)) {
        None => None,
        Some(told) => match told.as_str().and_then(|text| text.parse::<AppId>().ok()) {
            Some(app_id) => Some(app_id),
            None => {
                let told = told.as_str().map_or_else(|| told.to_string(), str::to_owned);
                let place = Place::Field(format!("{path}appid"));
                unread.push(Unread { place, app_id: None, why: Why::AppId(told) });
                return Ok(());
            }
        },
    };
    let name = ["name", "nickname", "nick_name"].into_iter().find_map(|key| answer.get(key)?.as_str());
    // What is in effect is what was set in the console and by other platforms, taken together.
    let (path, holder) = match answer.get("effective_domain") {
        Some(Value::Object(effective)) => (format!("{path}effective_domain."), effective),
        _ => (path.to_owned(), answer),
    };
    for api in Api::ALL {
        for key in keys(api) {
            let Some(value) = holder.get(key).filter(|value| !value.is_null()) else { continue };
            let field = format!("{path}{key}");
            let entries = entries(&field, value)?;
            lists.push(ToldList {
                app_id: app_id.clone(),
                name: name.map(str::to_owned),
                api,
                entries,
                is_moved: false,
            });
        }
    }
    Ok(())
}

/// `getwxadevinfo` calls the business domains otherwise than the calls that set them.
fn keys(api: Api) -> impl Iterator<Item = &'static str> {
    let other = (api == Api::Business).then_some("bizdomain");
    api.wechat_key().into_iter().chain(other)
}

/// An array of texts, of objects with a `url` (DNS prefetch), or one text as people paste many entries.
fn entries(field: &str, value: &Value) -> Result<Vec<(Place, String)>, ImportError> {
    let refused = |field: &str| ImportError::NotTexts(field.to_owned());
    match value {
        Value::String(text) => {
            Ok(lines_of(text).map(|entry| (Place::Field(field.to_owned()), entry.to_owned())).collect())
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let field = format!("{field}[{index}]");
                let text = item.as_str().or_else(|| item.get("url")?.as_str()).ok_or_else(|| refused(&field))?;
                Ok((Place::Field(field), text.to_owned()))
            })
            .collect(),
        _ => Err(refused(field)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(text: &str) -> Vec<(Option<String>, Api, Vec<String>)> {
        let (lists, unread) = read(text).unwrap();
        assert!(unread.is_empty(), "{unread:?}");
        let told = |list: ToldList| {
            let entries = list.entries.into_iter().map(|(_, entry)| entry).collect();
            (list.app_id.map(|app_id| app_id.to_string()), list.api, entries)
        };
        lists.into_iter().map(told).collect()
    }

    fn list(api: Api, entries: &[&str]) -> (Option<String>, Api, Vec<String>) {
        (None, api, entries.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_getwxadevinfo_answers_is_read() {
        let answer = r#"{"errcode":0,"errmsg":"ok","requestdomain":["https://www.example.com"],
            "wsrequestdomain":["wss://www.qq.com"],"uploaddomain":[],"downloaddomain":["https://www.qq.com"],
            "udpdomain":["udp://www.example.com"],"bizdomain":["www.example.com"]}"#;
        assert_eq!(
            told(answer),
            [
                list(Api::Request, &["https://www.example.com"]),
                list(Api::Socket, &["wss://www.qq.com"]),
                list(Api::Upload, &[]),
                list(Api::Download, &["https://www.qq.com"]),
                list(Api::Udp, &["udp://www.example.com"]),
                list(Api::Business, &["www.example.com"]),
            ]
        );
    }

    #[test]
    fn what_modify_domain_takes_and_answers_is_read_without_what_it_refused() {
        let body = r#"{"action":"set","requestdomain":["https://a.example","https://b.example"],
            "invalid_requestdomain":["https://c.example"],"no_icp_domain":["https://d.example"],"tcpdomain":null}"#;
        assert_eq!(told(body), [list(Api::Request, &["https://a.example", "https://b.example"])]);
    }

    #[test]
    fn of_the_effective_lists_the_sum_is_read() {
        let answer = r#"{"errcode":0,"mp_domain":{"requestdomain":["https://a.example"]},
            "third_domain":{"requestdomain":["https://b.example"]},
            "effective_domain":{"requestdomain":["https://a.example","https://b.example"]}}"#;
        assert_eq!(told(answer), [list(Api::Request, &["https://a.example", "https://b.example"])]);
        let (lists, _) = read(answer).unwrap();
        assert_eq!(lists[0].entries[1].0, Place::Field("effective_domain.requestdomain[1]".to_owned()));
    }

    #[test]
    fn other_shapes_of_a_list_are_read() {
        assert_eq!(
            told(
                r#"{"prefetch_dns_domain":[{"url":"a.example"}],"requestdomain":"https://a.example;https://b.example"}"#
            ),
            [list(Api::Request, &["https://a.example", "https://b.example"]), list(Api::PrefetchDns, &["a.example"])]
        );
        let items = ["https://a.example,https://b.example"];
        assert_eq!(
            told(
                r#"{"requestdomain":["https://a.example,https://b.example"],"udpdomain":"udp://a.example,udp://b.example"}"#
            ),
            [list(Api::Request, &items), list(Api::Udp, &["udp://a.example", "udp://b.example"])],
            "an item of an array is one entry"
        );
        let several = r#"[{"appid":"WX0123456789abcdef","nickname":"Shop","requestdomain":[]},{"udpdomain":[]}]"#;
        let first = Some("wx0123456789abcdef".to_owned());
        assert_eq!(told(several), [(first, Api::Request, vec![]), list(Api::Udp, &[])]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let deep = "[".repeat(100_000);
        for (text, error) in [
            ("{\"requestdomain\":\n [}", ImportError::Json { line: 2, column: 3 }),
            ("{", ImportError::Json { line: 1, column: 1 }),
            ("{}", ImportError::NoList),
            ("[]", ImportError::NoList),
            ("12", ImportError::NoList),
            (r#"{"request":["https://a.example"]}"#, ImportError::NoList),
            (r#"{"errcode":48001,"errmsg":"api unauthorized"}"#, ImportError::Wechat { code: 48001 }),
            (r#"{"requestdomain":{"a":1}}"#, ImportError::NotTexts("requestdomain".to_owned())),
            (r#"{"requestdomain":["a",7]}"#, ImportError::NotTexts("requestdomain[1]".to_owned())),
            ("[7]", ImportError::NotTexts("[0]".to_owned())),
        ] {
            assert_eq!(read(text), Err(error), "{}", &text[..text.len().min(60)]);
        }
        assert!(matches!(read(&deep), Err(ImportError::Json { line: 1, .. })));
        let (lists, unread) = read(r#"[{"appid":"wx1","requestdomain":["https://a.example"]}]"#).unwrap();
        let place = Place::Field("[0].appid".to_owned());
        assert_eq!((lists, unread), (vec![], vec![Unread { place, app_id: None, why: Why::AppId("wx1".to_owned()) }]));
    }
}

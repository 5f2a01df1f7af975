//! A table with a head, as RFC 4180 has it and as spreadsheets write it: commas, tabs or semicolons
//! between the columns, quotation marks, any line ends. Columns that nobody asked for are passed over.

use super::{ENTRIES_MOST, ImportError, Place, ToldList, Unread, Why};
use crate::{Api, AppId, programs::paste::lines_of};

/// Whether the first line is a head: it names the list and the entry.
pub(super) fn has_head(text: &str) -> bool {
    let line = first_line(text);
    let Ok(rows) = rows(line, delimiter(line), 1) else { return false };
    !line.starts_with('#')
        && rows.first().is_some_and(|(_, cells)| {
            let known: Vec<_> = cells.iter().filter_map(|cell| Column::of(cell)).collect();
            known.contains(&Column::Api) && known.contains(&Column::Entry)
        })
}

/// A list of one or more entries for each row.
pub(super) fn read(text: &str) -> Result<(Vec<ToldList>, Vec<Unread>), ImportError> {
    let is_blank = |cells: &[String]| cells.iter().all(|cell| cell.trim().is_empty());
    let rows = rows(text, delimiter(first_line(text)), ENTRIES_MOST + 1)?;
    let mut rows = rows.into_iter().filter(|(_, cells)| !is_blank(cells));
    let (_, head) = rows.next().ok_or(ImportError::Empty)?;
    let place = |column| head.iter().position(|cell| Column::of(cell) == Some(column));
    let needed = |column: Column| place(column).ok_or_else(|| ImportError::Column(column.as_str().to_owned()));
    let columns = Columns {
        app_id: place(Column::AppId),
        name: place(Column::Name),
        api: needed(Column::Api)?,
        entry: needed(Column::Entry)?,
    };
    let (mut lists, mut unread) = (Vec::new(), Vec::new());
    for (line, cells) in rows {
        match columns.list(line, &cells) {
            Ok(list) => lists.push(list),
            Err(row) => unread.push(row),
        }
    }
    Ok((lists, unread))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    AppId,
    Name,
    Api,
    Entry,
}

impl Column {
    /// The column that is headed so; what Hufu's own export writes is known too.
    fn of(head: &str) -> Option<Self> {
        let bare: String =
            head.trim().chars().filter(|letter| !matches!(letter, ' ' | '_' | '-')).collect::<String>().to_lowercase();
        Some(match bare.as_str() {
            "appid" => Self::AppId,
            "name" | "program" | "miniprogram" | "名称" | "小程序" | "小程序名称" => Self::Name,
            "api" | "list" | "列表" | "接口" => Self::Api,
            "entry" | "entries" | "domain" | "domains" | "url" | "条目" | "域名" => Self::Entry,
            _ => return None,
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::AppId => "appid",
            Self::Name => "name",
            Self::Api => "api",
            Self::Entry => "entry",
        }
    }
}

struct Columns {
    app_id: Option<usize>,
    name: Option<usize>,
    api: usize,
    entry: usize,
}

impl Columns {
    fn list(&self, line: usize, cells: &[String]) -> Result<ToldList, Unread> {
        let cell = |column: usize| cells.get(column).map(|cell| cell.trim()).unwrap_or_default();
        let optional = |column: Option<usize>| column.map(cell).filter(|cell| !cell.is_empty());
        let unread = |app_id: Option<AppId>, why: Why| Unread { place: Place::Line(line), app_id, why };
        // First, so that of whatever else cannot be read it is known whose it is.
        let app_id = match optional(self.app_id) {
            Some(typed) => Some(typed.parse::<AppId>().map_err(|_| unread(None, Why::AppId(typed.to_owned())))?),
            None => None,
        };
        let Some(api) = list_of(cell(self.api)) else {
            return Err(unread(app_id, Why::List(cell(self.api).to_owned())));
        };
        let entries: Vec<_> = lines_of(cell(self.entry)).map(|entry| (Place::Line(line), entry.to_owned())).collect();
        if entries.is_empty() {
            return Err(unread(app_id, Why::NoEntry));
        }
        Ok(ToldList { app_id, name: optional(self.name).map(str::to_owned), api, entries, is_moved: false })
    }
}

/// The list by Hufu's word, WeChat's key, the function's name, or what WeChat's console calls it.
fn list_of(word: &str) -> Option<Api> {
    let bare: String = word.split_whitespace().collect();
    let bare = bare.trim_end_matches("合法域名").trim_end_matches("domains");
    let exact = bare.parse().ok();
    exact.or_else(|| {
        let lower = bare.to_lowercase();
        Api::ALL.into_iter().find(|api| lower == api.as_str() || api.wechat_key() == Some(&lower)).or(match &*lower {
            "uploadfile" => Some(Api::Upload),
            "downloadfile" => Some(Api::Download),
            "其他https资源" | "otherhttpsresources" => Some(Api::Resource),
            "businessdomains(web-view)" => Some(Api::Business),
            "dns预解析域名" | "dns预解析" | "预解析域名" | "dnsprefetch" => Some(Api::PrefetchDns),
            "业务域名" | "web-view" | "webview" => Some(Api::Business),
            _ => None,
        })
    })
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default()
}

fn delimiter(head: &str) -> char {
    [',', '\t', ';'].into_iter().find(|delimiter| head.contains(*delimiter)).unwrap_or(',')
}

/// At most so many rows, each with the line it begins on.
fn rows(text: &str, delimiter: char, most: usize) -> Result<Vec<(usize, Vec<String>)>, ImportError> {
    let mut rows = Vec::new();
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begun) = (1, 1);
    // The line on which the quotation mark opened that is not closed yet.
    let mut quoted = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', Some(_)) if letters.next_if_eq(&'"').is_some() => cell.push('"'),
            ('"', Some(_)) => quoted = None,
            ('"', None) if cell.trim().is_empty() => {
                cell.clear();
                quoted = Some(line);
            }
            ('\n', None) => {
                cells.push(std::mem::take(&mut cell));
                rows.push((begun, std::mem::take(&mut cells)));
                if rows.len() > most {
                    return Err(ImportError::TooMany);
                }
                line += 1;
                begun = line;
            }
            ('\r', None) => {}
            (letter, None) if letter == delimiter => cells.push(std::mem::take(&mut cell)),
            (letter, _) => {
                line += usize::from(letter == '\n');
                cell.push(letter);
            }
        }
    }
    if let Some(line) = quoted {
        return Err(ImportError::Quote(line));
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push((begun, cells));
    }
    if rows.len() > most { Err(ImportError::TooMany) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_table_as_spreadsheets_write_it_is_read() {
        let text = "AppID,Name,API,Entry,Remark\r\n\
            wx0123456789abcdef,\"Shop, the \"\"first\"\"\",request,\"https://a.example;\nhttps://b.example\",x\r\n\
            ,,wsrequestdomain,wss://a.example\r\n,,,,\r\n\
            WX0123456789ABCDEF,,uploadFile 合法域名,https://c.example";
        let (lists, unread) = read(text).unwrap();
        assert!(unread.is_empty(), "{unread:?}");
        let told: Vec<_> = lists
            .iter()
            .map(|list| {
                let entries: Vec<_> =
                    list.entries.iter().map(|(place, entry)| (place.to_string(), entry.as_str())).collect();
                (list.app_id.as_ref().map(ToString::to_string), list.name.as_deref(), list.api, entries)
            })
            .collect();
        let at = |line: usize, entry| (line.to_string(), entry);
        let app_id = || Some("wx0123456789abcdef".to_owned());
        assert_eq!(
            told,
            [
                (
                    app_id(),
                    Some("Shop, the \"first\""),
                    Api::Request,
                    vec![at(2, "https://a.example"), at(2, "https://b.example")]
                ),
                (None, None, Api::Socket, vec![at(4, "wss://a.example")]),
                (app_id(), None, Api::Upload, vec![at(6, "https://c.example")]),
            ]
        );
    }

    #[test]
    fn columns_may_be_parted_by_tabs_or_semicolons_and_stand_in_any_order() {
        for text in ["entry\tlist\nhttps://a.example\trequest", "\n\n条目;列表\nhttps://a.example;request"] {
            let (lists, _) = read(text).unwrap();
            assert_eq!((lists.len(), lists[0].api), (1, Api::Request), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        for (text, error) in [
            ("appid,name\nx,y", ImportError::Column("api".to_owned())),
            ("appid,api\nx,y", ImportError::Column("entry".to_owned())),
            ("api,entry\nrequest,\"https://a.example", ImportError::Quote(2)),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
        let (lists, unread) = read(
            "appid,api,entry\nwx1,requests,x\n,requests,x\nwx0123456789abcdef,request,\n,request\n,udp,udp://a.example",
        )
        .unwrap();
        assert_eq!(lists.len(), 1);
        let row = |line: usize, app_id: Option<&str>, why: Why| Unread {
            place: Place::Line(line),
            app_id: app_id.map(|app_id| app_id.parse().unwrap()),
            why,
        };
        assert_eq!(
            unread,
            [
                row(2, None, Why::AppId("wx1".to_owned())),
                row(3, None, Why::List("requests".to_owned())),
                row(4, Some("wx0123456789abcdef"), Why::NoEntry),
                row(5, None, Why::NoEntry),
            ]
        );
    }

    #[test]
    fn every_list_is_known_by_what_people_call_it() {
        for (word, api) in [
            ("Request", Some(Api::Request)),
            ("wx.connectSocket", Some(Api::Socket)),
            ("REQUESTDOMAIN", Some(Api::Request)),
            ("downloadFile合法域名", Some(Api::Download)),
            ("业务域名", Some(Api::Business)),
            ("DNS 预解析域名", Some(Api::PrefetchDns)),
            ("", None),
            ("合法域名", None),
        ] {
            assert_eq!(list_of(word), api, "{word}");
        }
    }
}

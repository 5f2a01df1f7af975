//! Endpoints and their verdicts as rows of an export.

use app::{
    export::endpoint_headings,
    findings::words as finding_words,
    i18n::Locale,
    words::{self, join},
};
use model::{Code, Tag, Tags, Verdict, Verdicts, endpoints::route::Addresses, observation::TlsVersion};
use serde::Serialize;

use super::table::{Cell, Record};
use crate::endpoints::list::Exported;

#[derive(Serialize)]
struct Line<'r> {
    id: i64,
    endpoint: String,
    verdict: &'static str,
    platforms: Platforms,
    worst: Option<&'static str>,
    tls_version: Option<&'static str>,
    issuer: Option<&'r str>,
    not_after: Option<String>,
    probed_at: Option<String>,
    programs: &'r [String],
    tags: &'r Tags,
    fixed_addresses: &'r Addresses,
    sni: Option<String>,
}

impl Record for Exported {
    fn headings(locale: Locale) -> Vec<&'static str> {
        endpoint_headings(locale)
    }

    fn cells(&self, locale: Locale) -> Vec<Cell> {
        let Self { row, programs } = self;
        let [ios, macos, android, windows] = platform_cells(&row.platforms, locale);
        vec![
            Cell::text(row.target.to_string()),
            Cell::text(words::verdict(row.verdict, locale)),
            ios,
            macos,
            android,
            windows,
            Cell::text_or_empty(row.worst.map(|code| finding_words::title(code, locale))),
            Cell::text_or_empty(row.worst.map(Code::as_str)),
            Cell::text_or_empty(row.tls_version.map(TlsVersion::as_str)),
            Cell::text_or_empty(row.issuer.as_deref()),
            Cell::time_or_empty(row.not_after),
            Cell::time_or_empty(row.probed_at),
            Cell::text(join(programs, locale)),
            Cell::text(join(row.tags.iter().map(Tag::as_str), locale)),
            Cell::text(join(row.route.addresses.as_slice().iter().map(ToString::to_string), locale)),
            Cell::text_or_empty(row.route.server_name.as_ref().map(ToString::to_string)),
        ]
    }

    fn json(&self) -> impl Serialize {
        let Self { row, programs } = self;
        Line {
            id: row.id.0,
            endpoint: row.target.to_string(),
            verdict: row.verdict.as_str(),
            platforms: (&row.platforms).into(),
            worst: row.worst.map(Code::as_str),
            tls_version: row.tls_version.map(TlsVersion::as_str),
            issuer: row.issuer.as_deref(),
            not_after: row.not_after.map(|at| at.to_string()),
            probed_at: row.probed_at.map(|at| at.to_string()),
            programs,
            tags: &row.tags,
            fixed_addresses: &row.route.addresses,
            sni: row.route.server_name.as_ref().map(ToString::to_string),
        }
    }
}

/// The verdict of every platform, for programs.
#[derive(Serialize)]
pub(super) struct Platforms {
    ios: &'static str,
    macos: &'static str,
    android: &'static str,
    windows: &'static str,
}

impl From<&Verdicts> for Platforms {
    fn from(verdicts: &Verdicts) -> Self {
        Self {
            ios: verdicts.ios.as_str(),
            macos: verdicts.macos.as_str(),
            android: verdicts.android.as_str(),
            windows: verdicts.windows.as_str(),
        }
    }
}

/// The verdict of every platform, for people: iOS, macOS, Android, Windows.
pub(super) fn platform_cells(verdicts: &Verdicts, locale: Locale) -> [Cell; 4] {
    let cell = |verdict: Verdict| Cell::text(words::verdict(verdict, locale));
    [verdicts.ios, verdicts.macos, verdicts.android, verdicts.windows].map(cell)
}

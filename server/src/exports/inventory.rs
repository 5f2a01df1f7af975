//! Every entry of every mini program as rows of an export.

use app::{export::inventory_headings, i18n::Locale, words};
use model::{
    Verdict,
    icp::{IcpRecord, IcpState},
};
use serde::Serialize;

use super::{
    endpoints::{Platforms, platform_cells},
    table::{Cell, Record},
};
use crate::programs::inventory::Exported;

#[derive(Serialize)]
struct Line<'r> {
    program: &'r str,
    app_id: &'r str,
    api: &'static str,
    entry: String,
    registrable_domain: Option<&'r str>,
    icp_state: Option<&'static str>,
    icp_number: Option<String>,
    verdict: &'static str,
    platforms: Platforms,
    endpoint: Option<String>,
    endpoint_verdict: Option<&'static str>,
    not_after: Option<String>,
    probed_at: Option<String>,
}

impl Exported {
    /// What is known of the filing; none where nothing can be filed.
    fn icp_state(&self) -> Option<IcpState> {
        let recorded = self.icp.as_ref().map(|record| record.state);
        recorded.or(self.domain.is_some().then_some(IcpState::Unknown))
    }

    fn icp_number(&self) -> Option<String> {
        self.icp.as_ref().and_then(|IcpRecord { number, .. }| number.as_ref()).map(ToString::to_string)
    }

    fn endpoint(&self) -> Option<String> {
        self.row.entry.endpoint().map(|target| target.to_string())
    }
}

impl Record for Exported {
    fn headings(locale: Locale) -> Vec<&'static str> {
        inventory_headings(locale)
    }

    fn cells(&self, locale: Locale) -> Vec<Cell> {
        let [ios, macos, android, windows] = platform_cells(&self.row.platforms, locale);
        let verdict = |verdict: Verdict| words::verdict(verdict, locale);
        vec![
            Cell::text(self.program.as_str()),
            Cell::text(self.app_id.as_str()),
            Cell::text(words::api(self.row.entry.api(), locale)),
            Cell::text(self.row.entry.to_string()),
            Cell::text_or_empty(self.domain.as_deref()),
            Cell::text_or_empty(self.icp_state().map(|state| words::icp::state(state, locale))),
            Cell::text_or_empty(self.icp_number()),
            Cell::text(verdict(self.row.verdict)),
            ios,
            macos,
            android,
            windows,
            Cell::text_or_empty(self.endpoint()),
            Cell::text_or_empty(self.endpoint_verdict.map(verdict)),
            Cell::time_or_empty(self.row.not_after),
            Cell::time_or_empty(self.row.probed_at),
        ]
    }

    fn json(&self) -> impl Serialize {
        Line {
            program: &self.program,
            app_id: &self.app_id,
            api: self.row.entry.api().as_str(),
            entry: self.row.entry.to_string(),
            registrable_domain: self.domain.as_deref(),
            icp_state: self.icp_state().map(IcpState::as_str),
            icp_number: self.icp_number(),
            verdict: self.row.verdict.as_str(),
            platforms: (&self.row.platforms).into(),
            endpoint: self.endpoint(),
            endpoint_verdict: self.endpoint_verdict.map(Verdict::as_str),
            not_after: self.row.not_after.map(|at| at.to_string()),
            probed_at: self.row.probed_at.map(|at| at.to_string()),
        }
    }
}

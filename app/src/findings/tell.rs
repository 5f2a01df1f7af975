//! Puts findings into words for whoever reads a page. On the server alone.

use model::{Finding, Timestamp, Zone, endpoints::StandingFinding};

use super::{
    evidence::finding_lines,
    told::{Titled, Told},
    words::{fix, meaning},
};
use crate::{chain::source::Source, i18n::Locale, wording::Wording};

/// Whom a finding is told.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The zone that times are in.
    pub zone: Zone,
    /// The language.
    pub locale: Locale,
    /// Where the certificates come from that a finding speaks of.
    pub source: Source,
    /// When the server answers; relative times count from here.
    pub now: Timestamp,
}

impl Reader {
    /// Who reads a page of this wording that is answered at `now`, and is told of a server.
    pub fn of_page(Wording { locale, zone }: Wording, now: Timestamp) -> Self {
        Self { zone, locale, source: Source::Server, now }
    }

    /// The same, told of a file.
    #[must_use]
    pub fn of_file(self) -> Self {
        Self { source: Source::File, ..self }
    }

    /// A finding in full.
    pub fn told(self, finding: Finding) -> Told {
        let Self { zone, locale, source, now } = self;
        let lines = finding_lines(&finding, source, zone, locale, now);
        let Finding { code, severity, platforms, .. } = finding;
        Told {
            code,
            severity,
            platforms,
            lines: lines.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
            meaning: meaning(code, locale).into_owned(),
            fix: fix(code, locale).into_owned(),
            seen: None,
        }
    }

    /// The same with when it was seen.
    pub fn told_standing(self, standing: StandingFinding) -> Told {
        let StandingFinding { finding, first_seen, last_seen } = standing;
        Told { seen: Some((first_seen, last_seen)), ..self.told(finding) }
    }
}

impl From<Finding> for Titled {
    fn from(finding: Finding) -> Self {
        let Finding { code, severity, platforms, .. } = finding;
        Self { code, severity, platforms }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Code, Evidence, Severity};

    use super::*;

    #[test]
    fn a_finding_is_told_in_the_language_and_the_zone_of_its_reader() {
        let evidence =
            Evidence::Icp { domain: "example.com".parse().unwrap(), confirmed_at: "2026-03-01T16:00:00Z".parse().ok() };
        let finding = Finding::everywhere(Code::IcpMissing, Severity::Error, evidence);
        let now = "2026-03-02T16:00:00Z".parse().unwrap();
        for (locale, zone, confirmed) in
            [(Locale::zh_CN, "+08:00", "2026-03-02 00:00 UTC+08:00"), (Locale::en, "+00:00", "2026-03-01 16:00 UTC")]
        {
            let told =
                Reader { zone: zone.parse().unwrap(), locale, source: Source::Server, now }.told(finding.clone());
            assert_eq!((&*told.meaning, &*told.fix), (&*meaning(told.code, locale), &*fix(told.code, locale)));
            assert_eq!((told.lines.len(), &*told.lines[0].1), (2, "example.com"));
            assert!(told.lines[1].1.starts_with(confirmed), "{told:?}");
        }
    }

    #[test]
    fn what_stands_is_told_with_when_it_was_seen_and_crosses_the_wire_as_it_is() {
        let finding = Finding::everywhere(Code::TlsNoTls13, Severity::Info, Evidence::None);
        let (first_seen, last_seen) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(1).unwrap());
        let reader = Reader { zone: Zone::UTC, locale: Locale::en, source: Source::Server, now: last_seen };
        let told = reader.told_standing(StandingFinding { finding: finding.clone(), first_seen, last_seen });
        assert_eq!(told, Told { seen: Some((first_seen, last_seen)), ..reader.told(finding) });
        let wire = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Told>(&wire).unwrap(), told);
    }
}

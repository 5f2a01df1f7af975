//! The list of certificates, filtered, sorted and paged by the database.

use std::collections::BTreeMap;

use model::{
    Fingerprint, Timestamp,
    certificates::{
        CertificateName, ProgramName,
        list::{CertificateQuery, CertificateRow, CertificateSort, ROW_MOST},
    },
    paging::Page,
    programs::{Owner, choice::called},
    service::{EndpointId, ProgramId, UserId},
};
use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::QueryAs,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{covers, fingerprint, served::Sha256};
use crate::{
    endpoints::target,
    store::{Failure, Place, containing, count, in_hosts, json, statements, time},
};

/// The page that `query` asks for.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    query: &CertificateQuery,
    now: Timestamp,
) -> Result<Page<CertificateRow>, Failure> {
    let terms = Terms::of(query, now);
    let (total,): (i64,) = terms.bound(COUNT_CERTIFICATES).fetch_one(&mut *connection).await?;
    let place = Place::of_size(query.size.rows(), query.page, count(total));
    Ok(place.with(rows(connection, &terms, statement(query.sort, query.reversed), place).await?))
}

/// Those that end next of those that have not ended, soonest first; as many as a page has at most.
pub(crate) async fn next(
    connection: &mut SqliteConnection,
    most: usize,
    now: Timestamp,
) -> Result<Vec<CertificateRow>, Failure> {
    let terms = Terms { ends_after: Some(now.as_second()), ..Terms::default() };
    rows(connection, &terms, CERTIFICATES_BY_EXPIRY, Place::of_size(count(most), 0, count(most))).await
}

/// In a few statements however many there are.
async fn rows(
    connection: &mut SqliteConnection,
    terms: &Terms,
    sql: &'static str,
    place: Place,
) -> Result<Vec<CertificateRow>, Failure> {
    let rows = place.bind(terms.bound::<Row>(sql)).fetch_all(&mut *connection).await?;
    let listed: Vec<Sha256> = rows.iter().map(|row| row.sha256.clone()).collect();
    let mut touched = touched(connection, &listed).await?;
    let newer = newer(connection, &listed).await?;
    let read = |row: &Row| row.read(touched.remove(&row.sha256).unwrap_or_default(), newer.get(&row.sha256));
    rows.iter().map(read).collect()
}

const fn statement(sort: CertificateSort, reversed: bool) -> &'static str {
    match (sort, reversed) {
        (CertificateSort::Expiry, false) => CERTIFICATES_BY_EXPIRY,
        (CertificateSort::Expiry, true) => CERTIFICATES_BY_EXPIRY_REVERSED,
        (CertificateSort::Name, false) => CERTIFICATES_BY_NAME,
        (CertificateSort::Name, true) => CERTIFICATES_BY_NAME_REVERSED,
        (CertificateSort::FirstSeen, false) => CERTIFICATES_BY_FIRST_SEEN,
        (CertificateSort::FirstSeen, true) => CERTIFICATES_BY_FIRST_SEEN_REVERSED,
    }
}

/// A filter as the statements take it; none lets everything through.
#[derive(Default)]
struct Terms {
    text: Option<String>,
    sha256: Option<Sha256>,
    ends_after: Option<i64>,
    ends_by: Option<i64>,
    program: Option<i64>,
    since: Option<i64>,
    called: Option<String>,
}

impl Terms {
    fn of(CertificateQuery { filter, zone, .. }: &CertificateQuery, now: Timestamp) -> Self {
        let sha256 = filter.text.as_deref().and_then(as_fingerprint);
        let text = filter.text.as_deref().filter(|_| sha256.is_none());
        let (ends_after, ends_by) = match filter.days_left.map(|days| days.span(now)) {
            Some((after, by)) => (after, Some(by)),
            None => (None, None),
        };
        Self {
            text: text.map(|text| containing(&in_hosts(text))),
            sha256,
            ends_after,
            ends_by,
            program: filter.program.filter(|_| filter.called.is_none()).map(|id| id.0),
            since: filter.since.map(|since| since.second(*zone, now)),
            called: filter.called.as_deref().map(called),
        }
    }

    fn bound<T: for<'r> FromRow<'r, SqliteRow>>(
        &self,
        sql: &'static str,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        sqlx::query_as(sql)
            .bind(self.text.clone())
            .bind(self.sha256.clone())
            .bind(self.ends_after)
            .bind(self.ends_by)
            .bind(self.program)
            .bind(self.since)
            .bind(self.called.clone())
    }
}

/// A whole fingerprint, with or without the colons that OpenSSL puts into it.
fn as_fingerprint(text: &str) -> Option<Sha256> {
    let digits = text.trim().replace(':', "");
    Some(digits.parse::<Fingerprint>().ok()?.as_bytes().to_vec())
}

#[derive(FromRow)]
struct Row {
    sha256: Sha256,
    subject: String,
    issuer: String,
    names: String,
    names_left_out: i64,
    not_after: i64,
    first_seen: i64,
    served_by: i64,
    endpoint: i64,
    host: String,
    port: i64,
}

impl Row {
    fn read(&self, touched: Touched, newer: Option<&CertificateName>) -> Result<CertificateRow, Failure> {
        let Touched { programs, programs_total, owners, owners_total, unowned } = touched;
        let mut names: Vec<String> = json::read("names", &self.names)?;
        let names_total = count(names.len()).saturating_add(count(self.names_left_out));
        names.truncate(ROW_MOST);
        Ok(CertificateRow {
            sha256: fingerprint(&self.sha256)?,
            names,
            names_total,
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            // One that cannot be read is stored with an end of 0.
            not_after: (self.not_after != 0).then(|| time(self.not_after)).transpose()?,
            first_seen: time(self.first_seen)?,
            endpoints: count(self.served_by),
            endpoint: EndpointId(self.endpoint),
            target: target(&self.host, self.port)?,
            programs,
            programs_total,
            owners,
            owners_total,
            unowned,
            newer: newer.cloned(),
        })
    }
}

/// Whom a certificate touches.
#[derive(Default)]
struct Touched {
    /// The first by name, [`ROW_MOST`] at most.
    programs: Vec<ProgramName>,
    programs_total: u32,
    /// The first by log-in name, [`ROW_MOST`] at most.
    owners: Vec<Owner>,
    owners_total: u32,
    /// Mini programs without an owner.
    unowned: u32,
}

/// Whom each certificate of a page touches.
async fn touched(connection: &mut SqliteConnection, page: &[Sha256]) -> Result<BTreeMap<Sha256, Touched>, Failure> {
    let (page, most) = (fingerprints(page)?, i64::try_from(ROW_MOST).unwrap_or(i64::MAX));
    let totals: Vec<(Sha256, i64, i64, i64)> =
        sqlx::query_as(TOTALS_OF_PAGE).bind(page.clone()).fetch_all(&mut *connection).await?;
    let programs: Vec<(Sha256, i64, String)> =
        sqlx::query_as(PROGRAMS_OF_PAGE).bind(page.clone()).bind(most).fetch_all(&mut *connection).await?;
    let owners: Vec<(Sha256, i64, String, i64)> =
        sqlx::query_as(OWNERS_OF_PAGE).bind(page).bind(most).fetch_all(connection).await?;
    let mut touched: BTreeMap<Sha256, Touched> = BTreeMap::new();
    for (certificate, programs, owners, unowned) in totals {
        let touched = touched.entry(certificate).or_default();
        (touched.programs_total, touched.owners_total) = (count(programs), count(owners));
        touched.unowned = count(unowned);
    }
    for (certificate, id, name) in programs {
        touched.entry(certificate).or_default().programs.push(ProgramName { id: ProgramId(id), name });
    }
    for (certificate, id, login, disabled) in owners {
        let owner = Owner { id: UserId(id), login, disabled: disabled != 0 };
        touched.entry(certificate).or_default().owners.push(owner);
    }
    Ok(touched)
}

/// For each certificate of a page, a later one for all its names that is served elsewhere.
pub(super) async fn newer(
    connection: &mut SqliteConnection,
    page: &[Sha256],
) -> Result<BTreeMap<Sha256, CertificateName>, Failure> {
    let rows: Vec<Newer> = sqlx::query_as(NEWER_OF_PAGE).bind(fingerprints(page)?).fetch_all(connection).await?;
    let mut newer = BTreeMap::new();
    for row in rows {
        if !newer.contains_key(&row.sha256) && covers(&row.newer_names, &row.names)? {
            let name = super::name_of(&row.newer, row.newer_name, row.newer_not_after)?;
            newer.insert(row.sha256, name);
        }
    }
    Ok(newer)
}

#[derive(FromRow)]
struct Newer {
    sha256: Sha256,
    names: String,
    newer: Sha256,
    newer_name: String,
    newer_not_after: i64,
    newer_names: String,
}

/// The fingerprints of a page, as a statement reads them.
fn fingerprints(page: &[Sha256]) -> Result<String, Failure> {
    json::write(&page.iter().map(hex::encode).collect::<Vec<_>>())
}

macro_rules! filtered {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM certificates
            WHERE served_by > 0
                AND ($1 IS NULL OR names LIKE $1 ESCAPE '\\' OR subject LIKE $1 ESCAPE '\\'
                    OR issuer LIKE $1 ESCAPE '\\')
                AND ($2 IS NULL OR sha256 = $2)
                AND ($3 IS NULL OR not_after > $3)
                AND ($4 IS NULL OR (not_after <= $4 AND not_after <> 0))
                AND ($5 IS NULL OR sha256 IN (
                    SELECT served.certificate FROM entries JOIN served ON served.endpoint = entries.endpoint
                    WHERE entries.program = $5 AND served.until IS NULL))
                AND ($6 IS NULL OR sha256 IN (
                    SELECT sha256 FROM certificates WHERE served_by > 0 AND first_seen >= $6))
                AND ($7 IS NULL OR sha256 IN (
                    SELECT served.certificate FROM entries JOIN served ON served.endpoint = entries.endpoint
                    WHERE served.until IS NULL AND entries.program IN (
                        SELECT programs.id FROM programs WHERE ",
            $crate::programs::choice::is_called!("$7"),
            "))) ",
            $rest
        )
    };
}

/// The order within the page, and then of the page.
macro_rules! listed {
    ($order:literal, $again:literal) => {
        concat!(
            "SELECT listed.sha256, listed.subject, listed.issuer, listed.names, listed.names_left_out, listed.not_after,
                listed.first_seen, listed.served_by, endpoints.id AS endpoint, endpoints.host,
                endpoints.port
            FROM (",
            filtered!("sha256, subject, issuer, names, names_left_out, not_after, first_seen, served_by, name", ""),
            "ORDER BY ",
            $order,
            " LIMIT $8 OFFSET $9) AS listed
            JOIN named_endpoints AS endpoints ON endpoints.id = (
                SELECT MIN(served.endpoint) FROM served JOIN named_endpoints ON named_endpoints.id = served.endpoint
                WHERE served.certificate = listed.sha256 AND served.until IS NULL)
            ORDER BY ",
            $again
        )
    };
}

statements! {
    COUNT_CERTIFICATES = filtered!("COUNT(*)", "");

    CERTIFICATES_BY_EXPIRY = listed!("not_after, sha256", "listed.not_after, listed.sha256");

    CERTIFICATES_BY_EXPIRY_REVERSED = listed!("not_after DESC, sha256 DESC", "listed.not_after DESC, listed.sha256 DESC");

    CERTIFICATES_BY_NAME = listed!("name, not_after, sha256", "listed.name, listed.not_after, listed.sha256");

    CERTIFICATES_BY_NAME_REVERSED = listed!(
        "name DESC, not_after DESC, sha256 DESC",
        "listed.name DESC, listed.not_after DESC, listed.sha256 DESC"
    );

    CERTIFICATES_BY_FIRST_SEEN = listed!(
        "first_seen, not_after, sha256",
        "listed.first_seen, listed.not_after, listed.sha256"
    );

    CERTIFICATES_BY_FIRST_SEEN_REVERSED = listed!(
        "first_seen DESC, not_after DESC, sha256 DESC",
        "listed.first_seen DESC, listed.not_after DESC, listed.sha256 DESC"
    );

    TOTALS_OF_PAGE = "
        SELECT served.certificate, COUNT(DISTINCT programs.id), COUNT(DISTINCT programs.owner),
            COUNT(DISTINCT programs.id) FILTER (WHERE programs.owner IS NULL)
        FROM served
        JOIN entries ON entries.endpoint = served.endpoint
        JOIN programs ON programs.id = entries.program
        WHERE served.until IS NULL AND served.certificate IN (SELECT unhex(value) FROM json_each($1))
        GROUP BY served.certificate";

    // Of each certificate the few that are shown: one may be served for thousands.
    PROGRAMS_OF_PAGE = "
        SELECT certificates.sha256, programs.id, programs.name
        FROM certificates JOIN programs ON programs.id IN (
            SELECT id FROM programs WHERE id IN (
                SELECT entries.program FROM served JOIN entries ON entries.endpoint = served.endpoint
                WHERE served.certificate = certificates.sha256 AND served.until IS NULL)
            ORDER BY name, id LIMIT $2)
        WHERE certificates.sha256 IN (SELECT unhex(value) FROM json_each($1))
        ORDER BY programs.name, programs.id";

    OWNERS_OF_PAGE = "
        SELECT certificates.sha256, users.id, users.login, users.disabled
        FROM certificates JOIN users ON users.id IN (
            SELECT id FROM users WHERE id IN (
                SELECT programs.owner FROM served JOIN entries ON entries.endpoint = served.endpoint
                JOIN programs ON programs.id = entries.program
                WHERE served.certificate = certificates.sha256 AND served.until IS NULL)
            ORDER BY login LIMIT $2)
        WHERE certificates.sha256 IN (SELECT unhex(value) FROM json_each($1))
        ORDER BY users.login";

    // Of those with the same first name the ones that end last, for a renewal has the longest to go: the last of all may
    // be for fewer names.
    NEWER_OF_PAGE = "
        SELECT older.sha256, older.names, newer.sha256 AS newer, newer.name AS newer_name,
            newer.not_after AS newer_not_after, newer.names AS newer_names
        FROM certificates AS older JOIN certificates AS newer ON newer.sha256 IN (
            SELECT candidate.sha256 FROM certificates AS candidate
            WHERE candidate.served_by > 0 AND candidate.name = older.name AND candidate.not_after > older.not_after
                AND candidate.not_before > older.not_before
            ORDER BY candidate.not_after DESC, candidate.sha256 LIMIT 10)
        WHERE older.served_by > 0 AND older.sha256 IN (SELECT unhex(value) FROM json_each($1))
        ORDER BY newer.not_after DESC, newer.sha256";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_known_however_it_was_copied() {
        let plain = "ab".repeat(32);
        let colons = plain.as_bytes().chunks(2).map(|_| "AB").collect::<Vec<_>>().join(":");
        for text in [plain.clone(), plain.to_uppercase(), colons, format!(" {plain}\n")] {
            assert_eq!(as_fingerprint(&text), Some(vec![0xab; 32]), "{text}");
        }
        for text in ["", "ab", &plain[2..], "example.com", &format!("{plain}0")] {
            assert_eq!(as_fingerprint(text), None, "{text}");
        }
    }
}

//! Where SQL lives: each module ends with its statements, and tests see every one of them.

/// Declares the SQL of a module as constants, and lists them for the tests.
macro_rules! statements {
    ($($name:ident = $sql:expr;)+) => {
        $(const $name: &str = $sql;)+

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}

pub(crate) use statements;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::collections::BTreeSet;

    use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _, SqliteConnection};

    use crate::store::Store;

    /// Of every module that has any.
    const ALL: &[&[(&str, &str)]] = &[
        crate::accounts::STATEMENTS,
        crate::accounts::known::STATEMENTS,
        crate::accounts::people::STATEMENTS,
        crate::accounts::sessions::STATEMENTS,
        crate::alerts::notices::STATEMENTS,
        crate::alerts::outbox::STATEMENTS,
        crate::alerts::recipients::STATEMENTS,
        crate::alerts::settings::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::certificates::STATEMENTS,
        crate::certificates::detail::STATEMENTS,
        crate::certificates::list::STATEMENTS,
        crate::certificates::reach::STATEMENTS,
        crate::certificates::served::STATEMENTS,
        crate::audit::log::STATEMENTS,
        crate::cli::STATEMENTS,
        crate::drafts::STATEMENTS,
        crate::endpoints::ask::STATEMENTS,
        crate::endpoints::asked::STATEMENTS,
        crate::endpoints::detail::STATEMENTS,
        crate::endpoints::found::STATEMENTS,
        crate::endpoints::history::STATEMENTS,
        crate::endpoints::keep::STATEMENTS,
        crate::endpoints::list::STATEMENTS,
        crate::endpoints::recorded::STATEMENTS,
        crate::endpoints::routes::STATEMENTS,
        crate::endpoints::schedule::STATEMENTS,
        crate::endpoints::selection::STATEMENTS,
        crate::endpoints::stored::STATEMENTS,
        crate::endpoints::tags::STATEMENTS,
        crate::endpoints::unnamed::STATEMENTS,
        crate::icp::changes::STATEMENTS,
        crate::icp::detail::STATEMENTS,
        crate::icp::list::STATEMENTS,
        crate::overview::STATEMENTS,
        crate::programs::STATEMENTS,
        crate::programs::changes::STATEMENTS,
        crate::programs::choice::STATEMENTS,
        crate::programs::entries::STATEMENTS,
        crate::programs::import::STATEMENTS,
        crate::programs::inventory::STATEMENTS,
        crate::programs::list::STATEMENTS,
        crate::programs::named::STATEMENTS,
        crate::programs::owned::STATEMENTS,
        crate::programs::sums::STATEMENTS,
        crate::programs::undo::STATEMENTS,
        crate::settings::STATEMENTS,
        crate::store::STATEMENTS,
    ];

    /// Tables that grow without bound.
    const BIG: &[&str] = &[
        "audit_log",
        "certificates",
        "drafts",
        "endpoint_tags",
        "endpoints",
        "entries",
        "findings",
        "icp_records",
        "notices",
        "observation_certificates",
        "observations",
        "programs",
        "served",
        "sessions",
    ];

    /// Statements that read one of them from end to end all the same, along which index, and why that is right.
    const EXCEPTIONS: &[(&str, &str)] = &[
        // Counts by the index on the verdict alone, and only for the first page.
        ("ENDPOINT_COUNTS", "SCAN endpoints USING COVERING INDEX endpoints_verdict"),
        // Counts what the filter of the list lets through, in one pass however many pages there are.
        ("COUNT_LISTED", "SCAN endpoints USING COVERING INDEX endpoints_filter"),
        // Chooses all that it lets through, in one pass too.
        ("LET_THROUGH", "SCAN endpoints USING COVERING INDEX endpoints_filter"),
        // Walks the index in the order of the list and stops at the end of the page.
        ("BY_VERDICT", "SCAN endpoints USING INDEX endpoints_by_verdict"),
        ("BY_VERDICT_REVERSED", "SCAN endpoints USING INDEX endpoints_by_verdict"),
        ("BY_TARGET", "SCAN endpoints USING INDEX endpoints_filter"),
        ("BY_TARGET_REVERSED", "SCAN endpoints USING INDEX endpoints_filter"),
        ("BY_EXPIRY", "SCAN endpoints USING INDEX endpoints_by_expiry"),
        ("BY_EXPIRY_REVERSED", "SCAN endpoints USING INDEX endpoints_by_expiry"),
        ("BY_PROBED", "SCAN endpoints USING INDEX endpoints_by_probed"),
        ("BY_PROBED_REVERSED", "SCAN endpoints USING INDEX endpoints_by_probed"),
        // Counts by an index alone, for the log of mails.
        ("COUNT", "SCAN notices USING COVERING INDEX notices_written_at"),
        // What no entry needs is listed too, and its standing is worked out before it is counted.
        ("COUNT_FILINGS", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("STANDINGS", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_STANDING", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_STANDING_REVERSED", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_DOMAIN", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_DOMAIN_REVERSED", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_CONFIRMED", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        ("FILINGS_BY_CONFIRMED_REVERSED", "SCAN icp_records USING COVERING INDEX sqlite_autoindex_icp_records_1"),
        // Walks the log of mails from its end and stops at the end of the page.
        ("LISTED", "SCAN notices USING INDEX notices_written_at"),
        // Probes all of them.
        ("TARGETS", "SCAN endpoints USING INDEX endpoints_by_probed"),
        // As for the endpoints: counts in one pass, and walks along an index to the end of the page. What is
        // not served now is in none of the three.
        ("COUNT_CERTIFICATES", "SCAN certificates USING INDEX certificates_by_first_seen"),
        ("CERTIFICATES_BY_EXPIRY", "SCAN certificates USING INDEX certificates_by_expiry"),
        ("CERTIFICATES_BY_EXPIRY_REVERSED", "SCAN certificates USING INDEX certificates_by_expiry"),
        ("CERTIFICATES_BY_NAME", "SCAN certificates USING INDEX certificates_by_name"),
        ("CERTIFICATES_BY_NAME_REVERSED", "SCAN certificates USING INDEX certificates_by_name"),
        ("CERTIFICATES_BY_FIRST_SEEN", "SCAN certificates USING INDEX certificates_by_first_seen"),
        ("CERTIFICATES_BY_FIRST_SEEN_REVERSED", "SCAN certificates USING INDEX certificates_by_first_seen"),
        // Asked by hand, of one certificate; a wildcard covers whatever stands before its parent.
        ("WOULD_SERVE", "SCAN endpoints USING COVERING INDEX endpoints_filter"),
        // Nor is there an index of the names in certificates.
        ("SHARES_A_NAME", "SCAN endpoints USING COVERING INDEX endpoints_filter"),
        // The whole register is what was asked for, in the order of this index.
        ("INVENTORY", "SCAN entries USING INDEX sqlite_autoindex_entries_1"),
        // Walks along the hosts and stops at as many as are shown; the index holds no other entries.
        ("ASIDE", "SCAN entries USING INDEX entries_aside"),
        // As for the endpoints. An owner's name is in another table, hence no order of an index.
        ("COUNT_PROGRAMS", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("PROGRAMS_BY_VERDICT", "SCAN programs USING INDEX programs_by_verdict"),
        ("PROGRAMS_BY_VERDICT_REVERSED", "SCAN programs USING INDEX programs_by_verdict"),
        ("PROGRAMS_BY_NAME", "SCAN programs USING INDEX programs_by_name"),
        ("PROGRAMS_BY_NAME_REVERSED", "SCAN programs USING INDEX programs_by_name"),
        ("PROGRAMS_BY_ENTRIES", "SCAN programs USING INDEX programs_by_entries"),
        ("PROGRAMS_BY_ENTRIES_REVERSED", "SCAN programs USING INDEX programs_by_entries"),
        ("PROGRAMS_BY_FAILING", "SCAN programs USING INDEX programs_by_failing"),
        ("PROGRAMS_BY_FAILING_REVERSED", "SCAN programs USING INDEX programs_by_failing"),
        ("PROGRAMS_BY_OWNER", "SCAN programs USING INDEX programs_by_owner"),
        ("PROGRAMS_BY_OWNER_REVERSED", "SCAN programs USING INDEX programs_by_owner"),
        // Walks along the names and stops at as many as are offered.
        ("OFFERED", "SCAN programs USING INDEX programs_by_name"),
        // The index holds no others than those that are nearly full.
        ("NEARLY_FULL", "SCAN programs USING INDEX programs_nearly_full"),
        // A line of the log is found by what its mini program is called as well.
        ("COUNT_ALL", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("COUNT_CHANGES", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("COUNT_OF_ACTION", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("COUNT_OF_PERSON", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("ALL", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("CHANGES", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("OF_ACTION", "SCAN programs USING COVERING INDEX programs_by_owner"),
        ("OF_PERSON", "SCAN programs USING COVERING INDEX programs_by_owner"),
    ];

    /// Lists in the order that they have unasked.
    const FIRST_PAGES: &[&str] = &["BY_VERDICT", "CERTIFICATES_BY_EXPIRY", "PROGRAMS_BY_VERDICT", "CHANGES", "LISTED"];

    /// Statements that touch endpoints whether or not an entry names them, and why that is right. All others
    /// read `named_endpoints`.
    const UNNAMED_TOO: &[&str] = &[
        // The log tells of what was; the page of one that nobody names says so.
        "audit::log::ALL",
        "audit::log::CHANGES",
        "audit::log::OF_ACTION",
        "audit::log::OF_PERSON",
        // What its certificate was, and since when it fails or works, is known all the same.
        "alerts::outbox::ANY_STALE",
        "alerts::outbox::ANY_STUCK",
        "alerts::outbox::LISTED",
        "alerts::outbox::MAKE_DUE",
        "alerts::outbox::SETTLE",
        "alerts::outbox::FORGET_OLD",
        // The page itself, with its history and its chains.
        "endpoints::detail::DETAIL",
        "endpoints::stored::KNOWN",
        // A probe under way when it was left goes by its route to the end.
        "endpoints::routes::ROUTE",
        // Written by its id, which was read from the view.
        "endpoints::keep::KEEP_STATE",
        "endpoints::routes::CHANGE_ROUTE",
        "endpoints::schedule::CLAIM",
        "endpoints::schedule::GIVE_BACK",
        // Named by the entry that leads to it.
        "alerts::recipients::PROBE_WHAT_FAILS",
        // Named again, left, forgotten.
        "programs::named::ENDPOINTS_FOR",
        "endpoints::unnamed::LEAVE",
        "endpoints::unnamed::ANY_OLD",
        "endpoints::unnamed::OLD",
        "endpoints::unnamed::FORGET_ENDPOINTS",
    ];

    fn touches_all_endpoints(sql: &str) -> bool {
        let parted = sql.replace(',', " , ");
        let words = parted.split(|letter: char| letter.is_whitespace() || matches!(letter, '(' | ')'));
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.windows(2).any(|pair| matches!(pair, ["FROM" | "JOIN" | "INTO" | "UPDATE" | ",", "endpoints"]))
    }

    /// A statement by its module in this crate.
    fn within_crate(name: &str) -> &str {
        name.split_once("::").unwrap().1
    }

    /// A statement by its name alone.
    fn bare(name: &str) -> &str {
        name.rsplit("::").next().unwrap()
    }

    #[test]
    fn endpoints_are_touched_wherever_their_table_stands() {
        for (sql, touches) in [
            ("SELECT id FROM endpoints", true),
            ("SELECT id FROM served, endpoints WHERE true", true),
            ("SELECT id FROM served,endpoints", true),
            ("DELETE FROM a WHERE id IN (SELECT id FROM endpoints)", true),
            ("SELECT endpoints.id, endpoints.host FROM named_endpoints AS endpoints", false),
            ("SELECT COUNT(*) AS endpoints FROM served", false),
        ] {
            assert_eq!(touches_all_endpoints(sql), touches, "{sql}");
        }
    }

    #[test]
    fn no_statement_touches_endpoints_that_nobody_names_without_a_reason() {
        let touching = ALL.iter().copied().flatten().filter(|(_, sql)| touches_all_endpoints(sql));
        let touching: BTreeSet<_> = touching.map(|(name, _)| within_crate(name)).collect();
        let expected: BTreeSet<_> = UNNAMED_TOO.iter().copied().collect();
        assert_eq!(touching, expected);
    }

    #[test]
    fn only_null_is_asked_for_by_is() {
        for (name, sql) in ALL.iter().copied().flatten() {
            for asked in sql.split(" IS ").skip(1) {
                let asked = asked.strip_prefix("NOT ").unwrap_or(asked);
                // PostgreSQL compares values by no other word.
                assert!(asked.starts_with("NULL") || asked.starts_with("DISTINCT FROM "), "{name}: IS {asked}");
            }
        }
    }

    #[tokio::test]
    async fn every_statement_fits_the_schema() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        for (name, sql) in ALL.iter().copied().flatten() {
            let prepared = (&mut *write).prepare(sql.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
    }

    #[tokio::test]
    async fn no_statement_reads_a_big_table_from_end_to_end_without_a_reason() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut read = store.read().await.unwrap();
        let mut scans = Vec::new();
        for (name, sql) in ALL.iter().copied().flatten() {
            for step in plan(&mut read, sql).await {
                let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                if scanned.is_some_and(|table| BIG.contains(&table)) {
                    scans.push((bare(name), step));
                }
            }
        }
        let scans: Vec<_> = scans.iter().map(|(name, step)| (*name, step.as_str())).collect();
        assert_eq!(scans.iter().filter(|scan| !EXCEPTIONS.contains(scan)).collect::<Vec<_>>(), Vec::<&_>::new());
        assert_eq!(EXCEPTIONS.iter().filter(|scan| !scans.contains(scan)).collect::<Vec<_>>(), Vec::<&_>::new());
        let bare = EXCEPTIONS.iter().filter(|(_, step)| !step.contains(" INDEX "));
        assert_eq!(bare.collect::<Vec<_>>(), Vec::<&_>::new(), "no reason is good enough to read whole rows");
    }

    #[tokio::test]
    async fn the_first_page_of_a_list_is_read_in_its_order_and_nothing_is_sorted() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut read = store.read().await.unwrap();
        for page in FIRST_PAGES {
            let (_, sql) = ALL.iter().copied().flatten().find(|(name, _)| bare(name) == *page).unwrap();
            let plan = plan(&mut read, sql).await;
            // Within a row, tags and names are put into order; that is not the page.
            let sorts = |step: &&String| step.starts_with("USE TEMP B-TREE") && step.ends_with("ORDER BY");
            assert_eq!(plan.iter().find(sorts), None, "{page}: {plan:?}");
        }
    }

    async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan = sqlx::query(explain).fetch_all(connection).await.unwrap();
        plan.iter().map(|step| step.get("detail")).collect()
    }

    #[test]
    fn every_module_with_statements_is_tested() {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![source];
        let mut modules = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).unwrap();
                    modules += usize::from(text.lines().any(|line| line == "statements! {"));
                    // Elsewhere a statement would go untested.
                    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
                    let literal = ["query(\"", "query_as(\"", "query_scalar(\""];
                    let found = literal.iter().find(|call| text[..tests].contains(**call));
                    assert_eq!(found, None, "{}", path.display());
                }
            }
        }
        assert_eq!(modules, ALL.len());
    }
}

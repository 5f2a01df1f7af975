//! Where SQL lives: each module ends with its statements, and tests see every one of them.

/// Declares the SQL of a module as constants, and lists them for the tests.
macro_rules! statements {
    ($($name:ident = $sql:literal;)+) => {
        $(const $name: &str = $sql;)+

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

pub(crate) use statements;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _};

    use crate::store::Store;

    /// Of every module that has any.
    const ALL: &[&[(&str, &str)]] = &[
        crate::accounts::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::cli::STATEMENTS,
        crate::endpoints::STATEMENTS,
        crate::endpoints::detail::STATEMENTS,
        crate::endpoints::keep::STATEMENTS,
        crate::programs::STATEMENTS,
        crate::programs::changes::STATEMENTS,
        crate::programs::entries::STATEMENTS,
        crate::programs::sums::STATEMENTS,
        crate::store::STATEMENTS,
    ];

    /// Tables that grow without bound.
    const BIG: &[&str] =
        &["audit_log", "certificates", "endpoints", "entries", "findings", "observation_certificates", "observations"];

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
    async fn no_statement_reads_a_big_table_from_end_to_end() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut read = store.read().await.unwrap();
        for (name, sql) in ALL.iter().copied().flatten() {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let plan = sqlx::query(explain).fetch_all(&mut *read).await.unwrap();
            for step in plan {
                let step: String = step.get("detail");
                let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                // Counting by an index reads that index only.
                let harmless = step.contains("USING COVERING INDEX");
                assert!(harmless || !scanned.is_some_and(|table| BIG.contains(&table)), "{name}: {step}");
            }
        }
    }
}

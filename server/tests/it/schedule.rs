//! Every endpoint is probed again by itself, once when it is due, whoever else looks for work.

use std::time::Duration;

use crate::common::{HOUR, House, SHOP, program_with, roots, urls};
use model::endpoints::Endpoints as _;
use probe::lab::Lab;
use server::clock;

/// Waits until as many observations are stored; the test runner ends a wait that has no end.
async fn observed(house: &House, count: i64) {
    while house.count("SELECT COUNT(*) FROM observations").await < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn entries(lab: &Lab) -> Vec<String> {
    urls(lab, &["good-ecdsa", "good-rsa", "missing-intermediate", "plain-http", "refuses"])
}

#[tokio::test]
async fn what_is_new_is_probed_at_once_and_all_again_when_it_is_due() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    house.probing.keep_probing();
    let (_, endpoints) = program_with(&house, SHOP, &entries(&lab), &actor).await;
    let all = i64::try_from(endpoints.len()).unwrap();
    observed(&house, all).await;
    let verdicts = house.count("SELECT COUNT(DISTINCT verdict) FROM endpoints WHERE verdict <> 'unknown'").await;
    assert_eq!(verdicts, 3, "pass, fail and unreachable");

    // The sooner end of six hours, give or take a tenth: none; the later end: all.
    let due = "SELECT COUNT(*) FROM endpoints WHERE due_at <= ";
    house.pass(5 * HOUR);
    assert_eq!(
        sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("{due}{}", house.now())))
            .fetch_one(&mut house.connection().await)
            .await
            .unwrap(),
        0
    );
    house.pass(2 * HOUR);
    observed(&house, 2 * all).await;
    for endpoint in endpoints {
        let seen = house.probing.endpoint(endpoint, &actor).await.unwrap();
        assert!(seen.observation.is_some());
    }
    assert_eq!(
        house.count("SELECT COUNT(*) FROM (SELECT 1 FROM observations GROUP BY endpoint HAVING COUNT(*) <> 2)").await,
        0
    );
    lab.stop().await;
}

#[tokio::test]
async fn two_that_look_for_work_never_take_the_same() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &entries(&lab), &actor).await;
    let other = house.probing_elsewhere(lab.resolve(), roots(&lab));
    house.probing.keep_probing();
    other.keep_probing();
    let all = i64::try_from(endpoints.len()).unwrap();
    observed(&house, all).await;
    house.stop.cancel();
    house.probing.drain().await;
    other.drain().await;
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, all);
    lab.stop().await;
}

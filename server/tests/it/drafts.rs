//! What was typed is kept for its author, for an hour at most.

use crate::common::{House, newcomer};
use model::{
    accounts::Role,
    drafts::{DRAFT_MOST, DRAFTS_MOST, KEPT_SECONDS},
    service::{DraftId, Field, Problem, ServiceError},
};

const GONE: ServiceError = ServiceError::invalid(Field::Draft, Problem::Gone);

#[tokio::test]
async fn a_draft_comes_back_to_its_author_alone() {
    let house = House::open(None).await;
    let (author, _) = house.first_account().await;
    let (other, _) = newcomer(&house, "li", Role::Administrator, &author).await;
    let drafts = &house.services.drafts;
    let typed = "https://a.example\n中文".repeat(1000);
    let id = drafts.keep(typed.clone(), &author).await.unwrap();
    assert_eq!(drafts.draft(id, &author).await.unwrap(), typed);
    assert_eq!(drafts.draft(id, &other).await, Err(GONE));
    assert_eq!(drafts.draft(DraftId(id.0 + 1), &author).await, Err(GONE));
}

#[tokio::test]
async fn drafts_end_after_an_hour_and_the_oldest_make_room() {
    let house = House::open(None).await;
    let (author, _) = house.first_account().await;
    let drafts = &house.services.drafts;
    let mut kept = Vec::new();
    for number in 0..=DRAFTS_MOST {
        kept.push(drafts.keep(number.to_string(), &author).await.unwrap());
    }
    assert_eq!(drafts.draft(kept[0], &author).await, Err(GONE));
    assert_eq!(drafts.draft(kept[1], &author).await.unwrap(), "1");
    house.pass(KEPT_SECONDS);
    assert_eq!(drafts.draft(kept[1], &author).await, Err(GONE));
    drafts.keep("new".into(), &author).await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM drafts").await, 1);
    let long = drafts.keep("x".repeat(DRAFT_MOST + 1), &author).await;
    assert_eq!(long, Err(ServiceError::invalid(Field::Draft, Problem::TooLong { most: DRAFT_MOST })));
}

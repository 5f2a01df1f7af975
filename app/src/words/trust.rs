//! The words of trust: what each store of roots says of a chain, and why.

use model::{
    Date, Severity, Verdict,
    certificate::Issued,
    trust::{
        NoPath, PathStep, Store, StoreAnswer, Trust,
        distrust::{self, Programme},
    },
};

use super::join;
use crate::{chain::source::Source, i18n::*};

/// What the stores say of a chain whose server's certificate was issued at that time: a line for those
/// that trust it, and one for each reason why others do not, with how bad that is.
pub fn answers(trust: &Trust, issued: Option<Issued>, source: Source, locale: Locale) -> Vec<(Verdict, String)> {
    let mut trusting = Vec::new();
    let mut refusing: Vec<(Verdict, String, Vec<Store>)> = Vec::new();
    for StoreAnswer { store: asked, path } in &trust.stores {
        // Chrome's rules are kept beside a store, not by it.
        let rule = |path: &Vec<PathStep>| {
            distrust::rule(*asked, &path.last()?.subject, issued?).filter(|rule| rule.by != Programme::Chrome)
        };
        let (verdict, reason) = match path {
            Ok(path) => match rule(path) {
                None => {
                    trusting.push(store(*asked, locale));
                    continue;
                }
                Some(rule) => {
                    (rule.by.verdict(*asked).0, distrusted(rule.authority, rule.by, rule.trusted_until, locale))
                }
            },
            // Where others trust it, no phone asks this one.
            Err(reason @ NoPath::NotInStore { .. }) if asked.platforms().is_empty() => {
                (Severity::Info, no_path(reason, source, locale))
            }
            Err(reason) => (Severity::Error, no_path(reason, source, locale)),
        };
        let verdict = if verdict == Severity::Error { Verdict::Fail } else { Verdict::Warn };
        match refusing.iter_mut().find(|(known, why, _)| (*known, why.as_str()) == (verdict, reason.as_str())) {
            Some((.., stores)) => stores.push(*asked),
            None => refusing.push((verdict, reason, vec![*asked])),
        }
    }
    let trusted = (!trusting.is_empty())
        .then(|| (Verdict::Pass, td_string!(locale, words.chain.trusted, store = join(trusting, locale))));
    let refused = refusing.into_iter().map(|(verdict, reason, stores)| {
        let stores = join(stores.into_iter().map(|refusing| store(refusing, locale)), locale);
        (verdict, td_string!(locale, words.chain.not_trusted, store = stores, reason = reason))
    });
    trusted.into_iter().chain(refused).collect()
}

/// The name of a root store.
pub fn store(store: Store, locale: Locale) -> &'static str {
    match store {
        Store::Apple => td_string!(locale, words.store.apple),
        Store::Android => td_string!(locale, words.store.android),
        Store::Windows => td_string!(locale, words.store.windows),
        Store::Mozilla => td_string!(locale, words.store.mozilla),
        Store::Java => td_string!(locale, words.store.java),
        Store::Given => td_string!(locale, words.store.given),
    }
}

/// Why a store does not trust a chain, as the second half of a sentence.
pub fn no_path(reason: &NoPath, source: Source, locale: Locale) -> String {
    // Positions count from 0, people from 1.
    let number = |position: &usize| position.saturating_add(1);
    match reason {
        NoPath::Unreadable => source.unreadable(locale).to_owned(),
        NoPath::SelfSigned => td_string!(locale, words.no_path.self_signed).to_owned(),
        NoPath::UnknownRoot { position } => {
            td_string!(locale, words.no_path.unknown_root, number = number(position))
        }
        NoPath::MissingIssuer { position } => source.no_issuer(number(position), locale),
        NoPath::OutOfDate { position } => td_string!(locale, words.no_path.out_of_date, number = number(position)),
        NoPath::NotACa { position } => td_string!(locale, words.no_path.not_a_ca, number = number(position)),
        NoPath::NameConstraint => td_string!(locale, words.no_path.name_constraint).to_owned(),
        NoPath::WeakLink { position, detail } => {
            td_string!(locale, words.no_path.weak_link, number = number(position), detail = detail.as_str())
        }
        NoPath::BadSignature { detail, .. } => {
            td_string!(locale, words.no_path.bad_signature, detail = detail.as_str())
        }
        NoPath::Refused { detail } => td_string!(locale, words.no_path.refused, detail = detail.as_str()),
        NoPath::NotInStore { subject, dated: Some(date), .. } => {
            td_string!(locale, words.no_path.not_in_store_dated, root = subject.as_str(), date = date.to_string())
        }
        NoPath::NotInStore { subject, dated: None, .. } => {
            td_string!(locale, words.no_path.not_in_store, root = subject.as_str())
        }
    }
}

/// Who has withdrawn their trust from an authority.
pub fn programme(programme: Programme, locale: Locale) -> &'static str {
    match programme {
        Programme::Apple => td_string!(locale, words.programme.apple),
        Programme::Mozilla => td_string!(locale, words.programme.mozilla),
        Programme::Chrome => td_string!(locale, words.programme.chrome),
        Programme::Every => td_string!(locale, words.programme.every),
    }
}

/// What is no longer trusted of an authority, and by whom, as a sentence without a full stop.
pub fn distrusted(authority: &str, by: Programme, trusted_until: Option<Date>, locale: Locale) -> String {
    let by = programme(by, locale);
    match trusted_until {
        Some(date) => {
            td_string!(locale, words.distrust.after, by = by, authority = authority, date = date.to_string())
        }
        None => td_string!(locale, words.distrust.all, by = by, authority = authority),
    }
}

#[cfg(test)]
mod tests {
    use model::{Fingerprint, Timestamp};

    use super::*;

    #[test]
    fn people_count_certificates_from_one() {
        let missing = NoPath::MissingIssuer { position: 0 };
        let said = |source| no_path(&missing, source, Locale::en);
        assert_eq!(said(Source::Server), "the issuer of certificate 1 is neither served nor among the roots");
        assert_eq!(said(Source::File), "the issuer of certificate 1 is neither in the file nor among the roots");
    }

    #[test]
    fn stores_that_answer_alike_share_a_line() {
        let root = Fingerprint::new([1; 32]);
        let path = |subject: &str| Ok(vec![PathStep { subject: subject.to_owned(), sha256: root, position: None }]);
        let lacking = || Err(NoPath::NotInStore { subject: "CN=R".to_owned(), sha256: root, dated: None });
        let of_each = [lacking(), path("CN=R"), lacking(), path("CN=R"), lacking()];
        let stores = Store::PREINSTALLED.into_iter().zip(of_each);
        let trust_of = |stores: Vec<StoreAnswer>| Trust { stores, ..Trust::default() };
        let said = answers(
            &trust_of(stores.map(|(store, path)| StoreAnswer { store, path }).collect()),
            None,
            Source::Server,
            Locale::en,
        );
        let expected = [
            (Verdict::Pass, "trusted by Android, Mozilla's list"),
            (Verdict::Fail, "not trusted by Apple, Windows: its root CN=R is not in that store"),
            (Verdict::Warn, "not trusted by Java: its root CN=R is not in that store"),
        ];
        assert_eq!(said, expected.map(|(verdict, text)| (verdict, text.to_owned())));

        let entrust = path("CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US");
        let apple = trust_of(vec![StoreAnswer { store: Store::Apple, path: entrust }]);
        for (issued_at, start) in
            [("2024-11-15T00:00:00Z", "trusted by Apple"), ("2024-11-16T00:00:00Z", "not trusted by Apple: Apple")]
        {
            let issued = issued_at.parse::<Timestamp>().ok().map(Issued::from);
            let said = answers(&apple, issued, Source::Server, Locale::en);
            assert!(said.len() == 1 && said[0].1.starts_with(start), "{said:?}");
        }
        assert!(answers(&Trust::default(), None, Source::Server, Locale::en).is_empty());
    }
}

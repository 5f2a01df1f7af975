//! No defect ever improves a verdict, and whatever was observed reads back.

use proptest::prelude::*;

use super::super::*;
use crate::{
    Platform,
    certificate::{
        Digest, PublicKey,
        profile::{KeyUsage, Presence},
    },
    fixture::{self, now, observation, trust_by_address},
    observation::{Answer, KeyPossession, TlsFailure, TlsVersion},
    occurrence::occurrences,
    revocation::{ListAnswer, Listed, Revoked, Staple, StapleProblem},
    tls::Suite,
    trust::{NoPath, PathStep, root::RootFacts},
};

/// Something that goes wrong on one address. Silence is not among them: an address that does not
/// answer has no say, which is the rule and not a defect of the server.
#[derive(Clone, Copy, Debug)]
enum Defect {
    Expired,
    NotYetValid,
    ExpiresSoon,
    WrongName,
    NoNames,
    ShortKey,
    VeryShortKey,
    Sha1,
    ShortDigest,
    TooLong,
    NoPurpose,
    OtherPurpose,
    Malformed,
    EmptyChain,
    WeakIntermediate,
    ExtraCertificate,
    WrongOrder,
    NoPath(usize),
    OldVersion,
    NoForwardSecrecy,
    BrokenSuite,
    UnprovenKey,
    NoTls12,
    Legacy,
    WeakTaken,
    AuthorityFirst,
    ClientCertificate,
    NotTls,
    UnknownCritical,
    TwoSignatures,
    NoKeyIdentifiers,
    CriticalIdentifier,
    KeyThatMayNotSign,
    OddAuthority,
    OldRoot,
    Revoked,
    BadStaple,
}

impl Defect {
    fn inflict(self, number: usize, observation: &mut Observation, trust: &mut TrustByAddress) {
        let seen = &mut observation.addresses[number];
        let answers = trust.get_mut(&seen.address).unwrap();
        let protocols = seen.protocols.get_or_insert_default();
        let broken = || Answer::Taken { suite: Suite::TLS_RSA_WITH_RC4_128_SHA, group: None };
        if let Ok(handshake) = &mut seen.outcome {
            match self {
                Self::OldVersion => handshake.version = TlsVersion::Tls10,
                // Who speaks no TLS 1.2 chooses none of its suites.
                Self::NoForwardSecrecy | Self::BrokenSuite if protocols.speaks(TlsVersion::Tls12) != Some(false) => {
                    handshake.version = handshake.version.min(TlsVersion::Tls12);
                    let broken = matches!(self, Self::BrokenSuite) || handshake.suite.is_broken();
                    handshake.suite =
                        if broken { Suite::TLS_RSA_WITH_RC4_128_SHA } else { Suite::TLS_RSA_WITH_AES_128_CBC_SHA };
                }
                Self::UnprovenKey => handshake.key_possession = KeyPossession::Unproven("words".to_owned()),
                Self::NoTls12 if handshake.version == TlsVersion::Tls13 => {
                    protocols.versions.insert(TlsVersion::Tls12, Answer::Refused { alert: None });
                }
                Self::Legacy => _ = protocols.versions.insert(TlsVersion::Tls10, broken()),
                Self::WeakTaken => protocols.weak = Some(broken()),
                Self::ClientCertificate => {
                    seen.outcome = Err(Failure::Tls { reason: TlsFailure::ClientCertificateRequired });
                }
                Self::NotTls => {
                    seen.outcome = Err(Failure::Tls { reason: TlsFailure::NotTls { protocol: "SSH".to_owned() } });
                }
                _ => {}
            }
        }
        match self {
            Self::EmptyChain => seen.chain.clear(),
            Self::Revoked => {
                let answer = ListAnswer::Revoked(Revoked { at: now(), reason: None });
                seen.lists = vec![Listed { position: 0, url: None, answer }];
            }
            Self::BadStaple => {
                seen.staple = Some(Staple { problem: Some(StapleProblem::BadSignature), ..Staple::default() });
            }
            Self::WeakIntermediate => {
                if let Some(intermediate) = seen.chain.get_mut(1) {
                    intermediate.key = PublicKey::Rsa { bits: 1024 };
                }
            }
            Self::OddAuthority => {
                if let Some(intermediate) = seen.chain.get_mut(1) {
                    let profile = intermediate.profile.get_or_insert_with(fixture::authority_profile);
                    (profile.subject_key, profile.name_constraints) = (Presence::Absent, Presence::Present);
                    profile.key_usage = Some(KeyUsage::CRL_SIGN);
                }
            }
            Self::OldRoot => answers.roots = vec![old_root()],
            Self::ExtraCertificate if !seen.chain.is_empty() => {
                seen.chain.push(Certificate { sha256: crate::Fingerprint::new([7; 32]), ..fixture::intermediate() });
            }
            Self::AuthorityFirst => seen.chain.insert(0, fixture::intermediate()),
            Self::WrongOrder => {
                if let Some(Ok(path)) = answers.stores.first_mut().map(|answer| &mut answer.path) {
                    path.insert(1, PathStep { position: Some(2), ..path[1].clone() });
                }
            }
            Self::NoPath(reason) => {
                for answer in answers.stores.iter_mut().filter(|answer| answer.path.is_ok()) {
                    answer.path = Err(reasons().swap_remove(reason));
                }
            }
            _ => {}
        }
        if let Some(leaf) = seen.chain.first_mut() {
            self.spoil(leaf);
        }
    }

    fn spoil(self, leaf: &mut Certificate) {
        let at = |text: &str| text.parse().unwrap();
        match self {
            Self::Expired => leaf.not_after = leaf.not_after.min(at("2026-04-30T00:00:00Z")),
            Self::NotYetValid => leaf.not_before = leaf.not_before.max(at("2026-05-02T00:00:00Z")),
            Self::ExpiresSoon => leaf.not_after = leaf.not_after.min(at("2026-05-03T00:00:00Z")),
            Self::WrongName => leaf.dns_names.retain(|name| name != "a.example.com"),
            Self::NoNames => leaf.dns_names.clear(),
            Self::ShortKey if !matches!(leaf.key, PublicKey::Rsa { .. }) => leaf.key = PublicKey::Rsa { bits: 1024 },
            Self::VeryShortKey => leaf.key = PublicKey::Rsa { bits: 512 },
            Self::Sha1 => leaf.signature.digest = Digest::Broken,
            Self::ShortDigest if leaf.signature.digest == Digest::Strong => leaf.signature.digest = Digest::Short,
            Self::TooLong if leaf.not_before <= now() => {
                leaf.not_before = leaf.not_before.min(at("2020-09-01T00:00:00Z"))
            }
            Self::NoPurpose if leaf.server_auth == Some(true) => leaf.server_auth = None,
            Self::OtherPurpose => leaf.server_auth = Some(false),
            Self::UnknownCritical => profile(leaf).unknown_critical = vec!["1.2.3.4".to_owned()],
            Self::TwoSignatures => profile(leaf).signature_differs = true,
            Self::NoKeyIdentifiers if profile(leaf).authority_key == Presence::Present => {
                profile(leaf).authority_key = Presence::Absent;
            }
            Self::CriticalIdentifier => profile(leaf).authority_key = Presence::Critical,
            // Of another kind it would be worse, and another defect makes it one of RSA.
            Self::KeyThatMayNotSign if matches!(leaf.key, PublicKey::Rsa { .. }) => {
                profile(leaf).key_usage = Some(KeyUsage(0b100));
            }
            Self::Malformed => leaf.malformed = Some("not DER".to_owned()),
            _ => {}
        }
    }
}

fn profile(leaf: &mut Certificate) -> &mut crate::certificate::profile::Profile {
    leaf.profile.get_or_insert_with(fixture::leaf_profile)
}

fn old_root() -> RootFacts {
    let root = fixture::root();
    RootFacts {
        sha256: root.sha256,
        subject: root.subject,
        not_before: root.not_before,
        not_after: "2026-04-30T00:00:00Z".parse().unwrap(),
        key: PublicKey::Rsa { bits: 1024 },
        profile: fixture::leaf_profile(),
    }
}

fn reasons() -> Vec<NoPath> {
    let detail = || "words".to_owned();
    vec![
        NoPath::Unreadable,
        NoPath::SelfSigned,
        NoPath::UnknownRoot { position: 1 },
        NoPath::MissingIssuer { position: 0 },
        NoPath::OutOfDate { position: 0 },
        NoPath::OutOfDate { position: 1 },
        NoPath::NotACa { position: 1 },
        NoPath::NameConstraint,
        NoPath::WeakLink { position: 1, detail: detail() },
        NoPath::BadSignature { position: Some(0), detail: detail() },
        NoPath::Refused { detail: detail() },
    ]
}

fn any_defect() -> impl Strategy<Value = Defect> {
    use Defect::*;
    let plain = [
        Expired,
        NotYetValid,
        ExpiresSoon,
        WrongName,
        NoNames,
        ShortKey,
        VeryShortKey,
        Sha1,
        ShortDigest,
        TooLong,
        NoPurpose,
        OtherPurpose,
        Malformed,
        EmptyChain,
        WeakIntermediate,
        ExtraCertificate,
        WrongOrder,
        OldVersion,
        NoForwardSecrecy,
        BrokenSuite,
        UnprovenKey,
        NoTls12,
        Legacy,
        WeakTaken,
        AuthorityFirst,
        ClientCertificate,
        NotTls,
        UnknownCritical,
        TwoSignatures,
        NoKeyIdentifiers,
        CriticalIdentifier,
        KeyThatMayNotSign,
        OddAuthority,
        OldRoot,
        Revoked,
        BadStaple,
    ];
    prop_oneof![proptest::sample::select(plain.to_vec()), (0..reasons().len()).prop_map(NoPath)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn adding_a_defect_never_improves_a_verdict(
        addresses in 1_u8..=4,
        defects in proptest::collection::vec((any_defect(), 0_usize..4), 1..8),
        given in any::<bool>(),
    ) {
        let context = Context { roots: if given { Roots::Given } else { Roots::Preinstalled } };
        let (mut observation, mut trust) = (observation(addresses), trust_by_address(addresses));
        let mut before = diagnose(&observation, &trust, context, now());
        for (defect, number) in defects {
            defect.inflict(number % usize::from(addresses), &mut observation, &mut trust);
            let after = diagnose(&observation, &trust, context, now());
            prop_assert!(after.verdict >= before.verdict, "{defect:?}: {before:#?}\n{after:#?}");
            for platform in Platform::PHONES_AND_DESKTOPS {
                let (was, is) = (before.platforms.on(platform), after.platforms.on(platform));
                prop_assert!(is >= was, "{defect:?} on {platform:?}: {before:#?}\n{after:#?}");
            }
            before = after;
        }
    }

    #[test]
    fn an_observation_reads_back_and_any_time_of_judgement_will_do(
        defects in proptest::collection::vec((any_defect(), 0_usize..2), 0..4),
        second in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
    ) {
        let (mut observation, mut trust) = (observation(2), trust_by_address(2));
        for (defect, number) in defects {
            defect.inflict(number, &mut observation, &mut trust);
        }
        let wire = serde_json::to_string(&observation).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Observation>(&wire).unwrap(), &observation);
        let at = Timestamp::from_second(second).unwrap();
        let findings = diagnose(&observation, &trust, Context::default(), at).findings;
        let stored = serde_json::to_string(&findings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Finding>>(&stored).unwrap(), findings);
    }

    #[test]
    fn no_finding_is_worse_or_wider_than_is_said_of_its_code(
        defects in proptest::collection::vec((any_defect(), 0_usize..2), 1..6),
        given in any::<bool>(),
    ) {
        let context = Context { roots: if given { Roots::Given } else { Roots::Preinstalled } };
        let (mut observation, mut trust) = (observation(2), trust_by_address(2));
        for (defect, number) in defects {
            defect.inflict(number, &mut observation, &mut trust);
        }
        for finding in diagnose(&observation, &trust, context, now()).findings {
            prop_assert!(occurrences(finding.code).iter().any(|occurrence| occurrence.covers(&finding)), "{finding:?}");
        }
    }
}

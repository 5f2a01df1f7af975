//! Which cards a chain is drawn with, and in which order.

use std::collections::BTreeSet;

use model::{
    Certificate, Fingerprint,
    certificate::own_position,
    fetched::{FetchEnd, FetchFailure, Fetched},
    trust::{NoPath, PathStep, Store, Trust},
};

/// A drawn chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// From the leaf towards the root.
    pub cards: Vec<Card>,
    /// Positions as served of the certificates that are on another path than the drawn one.
    pub on_other_paths: Vec<usize>,
    /// Positions as served of the certificates that are not part of the chain.
    pub extra: Vec<usize>,
}

/// One certificate of a drawn chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Card {
    /// The server sends it.
    Served {
        /// Position as served, the leaf being 0.
        position: usize,
        /// Its part in the chain.
        role: Role,
        /// Set where the served order is wrong and this certificate is not where it should be.
        misplaced: Option<Misplaced>,
    },
    /// The server does not send it, and no store that was asked has it: the chain is incomplete.
    Missing {
        /// Distinguished name of who issued the certificate below: an intermediate to add, or the root
        /// of an authority that no store has.
        issuer: String,
        /// Where the certificate below says that it can be fetched.
        fetch_from: Vec<String>,
        /// Why it could not be fetched from there, if that was tried.
        failure: Option<FetchFailure>,
    },
    /// The server does not send it, and it was fetched from where the certificate below says.
    Fetched {
        /// Its place among what was fetched, the lowest being 0.
        index: usize,
        /// The stores for which the chain is whole with it; none where it leads to no root.
        whole_for: Vec<Store>,
    },
    /// A root that the server need not send.
    InStore {
        /// Distinguished name.
        subject: String,
        /// SHA-256 of its DER.
        sha256: Fingerprint,
        /// The stores that have it.
        stores: Vec<Store>,
    },
    /// The server does not send it, and nothing is known of who has it.
    NotServed {
        /// Distinguished name.
        issuer: String,
    },
}

/// Why a served certificate is drawn beside the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// A store has another path over it, or had one when old phones were made.
    OtherPath,
    /// No path needs it.
    Extra,
}

impl Aside {
    /// What its card is called in the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherPath => "other-path",
            Self::Extra => "extra",
        }
    }
}

/// The part that a served certificate plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The server's own certificate.
    Leaf,
    /// Between leaf and root.
    Intermediate,
    /// The end of the chain, signed by itself, with the stores that have it. A self-signed leaf is
    /// this too.
    Root {
        /// The stores that have it; empty when no store has.
        stores: Vec<Store>,
        /// Whether any store was asked.
        asked: bool,
    },
}

/// Where a certificate should be, if the served order is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The position as served that it should have.
    pub expected: usize,
}

impl Card {
    /// Position as served, if it is served.
    pub const fn position(&self) -> Option<usize> {
        match self {
            Self::Served { position, .. } => Some(*position),
            _ => None,
        }
    }

    /// Place among what was fetched, if it was.
    pub const fn fetched(&self) -> Option<usize> {
        match self {
            Self::Fetched { index, .. } => Some(*index),
            _ => None,
        }
    }
}

impl Layout {
    /// Lays out `chain`, from the server's own certificate upwards, by the path that the stores
    /// found; without one, by the names of the issuers as far as they lead.
    pub fn new(chain: &[Certificate], trust: &Trust) -> Self {
        if chain.is_empty() {
            return Self::default();
        }
        let path = trust.stores.iter().find_map(|answer| answer.path.as_deref().ok());
        let (positions, end) = match path {
            Some(path) => along(path, chain.len(), trust),
            None => by_names(chain, trust),
        };
        let mut sorted = positions.clone();
        sorted.sort_unstable();
        let served = positions.iter().zip(sorted).map(|(position, expected)| Card::Served {
            position: *position,
            role: role(chain, *position, trust),
            misplaced: (*position != expected).then_some(Misplaced { expected }),
        });
        let others: BTreeSet<usize> = trust.every_path().flatten().filter_map(|step| step.position).collect();
        let (on_other_paths, extra) = (0..chain.len())
            .filter(|position| !positions.contains(position))
            .partition(|position| others.contains(position));
        Self { cards: served.chain(end).collect(), on_other_paths, extra }
    }

    /// The same with what is kept for old phones among what other paths lead over: that of a store of today does not.
    #[must_use]
    pub fn with_kept(mut self, kept: Option<usize>) -> Self {
        if let Some(index) = self.extra.iter().position(|position| Some(*position) == kept) {
            self.on_other_paths.push(self.extra.remove(index));
            self.on_other_paths.sort_unstable();
        }
        self
    }

    /// The same with what was fetched in place of what is missing, and what is missing still above it.
    #[must_use]
    pub fn with_fetched(mut self, outcome: &Fetched) -> Self {
        let Some(Card::Missing { failure, .. }) = self.cards.last_mut() else { return self };
        let (whole_for, why) = match &outcome.end {
            FetchEnd::Whole { stores } => (stores.as_slice(), None),
            FetchEnd::UnknownRoot { .. } => (&[][..], None),
            FetchEnd::Nothing { failure } => (&[][..], Some(failure)),
        };
        let Some(highest) = outcome.certificates.last() else {
            *failure = why.cloned();
            return self;
        };
        self.cards.pop();
        let fetched = 0..outcome.certificates.len();
        self.cards.extend(fetched.map(|index| Card::Fetched { index, whole_for: whole_for.to_vec() }));
        let issuer = highest.certificate.issuer.clone();
        self.cards.extend(match why {
            Some(why) => {
                let fetch_from = highest.certificate.ca_issuers.clone();
                Some(Card::Missing { issuer, fetch_from, failure: Some(why.clone()) })
            }
            None => (!highest.certificate.self_signed).then_some(Card::NotServed { issuer }),
        });
        self
    }
}

/// The served positions of a path that was found, and the root if it is not among them.
fn along(path: &[PathStep], served: usize, trust: &Trust) -> (Vec<usize>, Option<Card>) {
    let mut positions = Vec::new();
    for position in path.iter().filter_map(|step| step.position) {
        if position < served && !positions.contains(&position) {
            positions.push(position);
        }
    }
    let root = path.last().filter(|root| root.position.is_none()).map(|root| Card::InStore {
        subject: root.subject.clone(),
        sha256: root.sha256,
        stores: stores_with(root.sha256, trust),
    });
    (positions, root)
}

/// From the leaf to whoever has the issuer's name, until that leads nowhere.
fn by_names(chain: &[Certificate], trust: &Trust) -> (Vec<usize>, Option<Card>) {
    let reason = trust.stores.iter().find_map(|answer| answer.path.as_ref().err());
    let missing_above = match reason {
        Some(NoPath::MissingIssuer { position }) => Some(*position),
        _ => None,
    };
    let mut current = own_position(chain);
    let mut positions = vec![current];
    loop {
        let Some(certificate) = chain.get(current) else { return (positions, None) };
        if certificate.malformed.is_some() || certificate.self_signed {
            return (positions, None);
        }
        let issuer = certificate.issuer.clone();
        // A certificate of the issuer's name may be served and still not be the issuer.
        if missing_above == Some(current) {
            let fetch_from = certificate.ca_issuers.clone();
            return (positions, Some(Card::Missing { issuer, fetch_from, failure: None }));
        }
        let next = chain
            .iter()
            .enumerate()
            .find(|(position, other)| !positions.contains(position) && other.subject == issuer)
            .map(|(position, _)| position);
        let Some(next) = next else { return (positions, Some(Card::NotServed { issuer })) };
        positions.push(next);
        current = next;
    }
}

fn role(chain: &[Certificate], position: usize, trust: &Trust) -> Role {
    match chain.get(position) {
        Some(certificate) if certificate.self_signed => {
            Role::Root { stores: stores_with(certificate.sha256, trust), asked: !trust.stores.is_empty() }
        }
        _ if position == own_position(chain) => Role::Leaf,
        _ => Role::Intermediate,
    }
}

/// The stores whose path ends in the root.
fn stores_with(root: Fingerprint, trust: &Trust) -> Vec<Store> {
    let ends_in_it = |path: &Vec<PathStep>| path.last().is_some_and(|last| last.sha256 == root);
    let answers = trust.stores.iter().filter(|answer| answer.path.as_ref().is_ok_and(ends_in_it));
    answers.map(|answer| answer.store).collect()
}

#[cfg(test)]
mod tests {
    use model::{
        Timestamp,
        certificate::{Digest, PublicKey, SignatureAlgorithm},
        fetched::FetchedCertificate,
        finding::CertificateReference,
        trust::StoreAnswer,
    };

    use super::*;

    const LEAF: u8 = 1;
    const INTERMEDIATE: u8 = 2;
    const ROOT: u8 = 3;
    const OTHER: u8 = 9;

    fn certificate(subject: u8, issuer: u8) -> Certificate {
        Certificate {
            sha256: Fingerprint::new([subject; 32]),
            malformed: None,
            subject: format!("CN={subject}"),
            common_name: Some(subject.to_string()),
            issuer: format!("CN={issuer}"),
            serial: "01".to_owned(),
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::MAX,
            dns_names: Vec::new(),
            ip_addresses: Vec::new(),
            names_left_out: 0,
            key: PublicKey::Ed25519,
            signature: SignatureAlgorithm { name: "Ed25519".to_owned(), digest: Digest::Strong },
            is_ca: subject != LEAF,
            self_signed: subject == issuer,
            server_auth: None,
            ca_issuers: vec![format!("http://ca.example/{issuer}.cer")],
            profile: None,
            crl_urls: Vec::new(),
            scts: None,
            must_staple: false,
        }
    }

    fn step(subject: u8, position: Option<usize>) -> PathStep {
        PathStep { subject: format!("CN={subject}"), sha256: Fingerprint::new([subject; 32]), position }
    }

    fn mozilla(path: Result<Vec<PathStep>, NoPath>) -> Trust {
        Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path }], ..Trust::default() }
    }

    fn served(position: usize, role: Role) -> Card {
        Card::Served { position, role, misplaced: None }
    }

    fn in_mozilla(subject: u8) -> Card {
        Card::InStore {
            subject: format!("CN={subject}"),
            sha256: Fingerprint::new([subject; 32]),
            stores: vec![Store::Mozilla],
        }
    }

    #[test]
    fn a_trusted_chain_ends_in_the_root_of_the_store() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(INTERMEDIATE, ROOT)];
        let trust = mozilla(Ok(vec![step(LEAF, Some(0)), step(INTERMEDIATE, Some(1)), step(ROOT, None)]));
        let layout = Layout::new(&chain, &trust);
        assert_eq!(layout.cards, [served(0, Role::Leaf), served(1, Role::Intermediate), in_mozilla(ROOT)]);
        assert!(layout.extra.is_empty());
    }

    #[test]
    fn a_root_names_every_store_that_has_it() {
        let path = || Ok(vec![step(LEAF, Some(0)), step(ROOT, None)]);
        let mut trust = mozilla(path());
        trust.stores.push(StoreAnswer { store: Store::Given, path: path() });
        let layout = Layout::new(&[certificate(LEAF, ROOT)], &trust);
        let Some(Card::InStore { stores, .. }) = layout.cards.last() else { panic!("{layout:?}") };
        assert_eq!(*stores, [Store::Mozilla, Store::Given]);
    }

    #[test]
    fn a_missing_intermediate_is_drawn_with_its_name_and_where_to_get_it() {
        let chain = [certificate(LEAF, INTERMEDIATE)];
        let trust = mozilla(Err(NoPath::MissingIssuer { position: 0 }));
        let missing = Card::Missing {
            issuer: format!("CN={INTERMEDIATE}"),
            fetch_from: vec![format!("http://ca.example/{INTERMEDIATE}.cer")],
            failure: None,
        };
        assert_eq!(Layout::new(&chain, &trust).cards, [served(0, Role::Leaf), missing]);
    }

    fn fetched(certificates: &[Certificate], end: FetchEnd) -> Fetched {
        let fetched = |certificate: &Certificate| FetchedCertificate {
            certificate: certificate.clone(),
            url: "http://ca.example/".to_owned(),
        };
        Fetched { above: 0, certificates: certificates.iter().map(fetched).collect(), end, tried: Vec::new() }
    }

    #[test]
    fn what_was_fetched_is_drawn_in_the_gap_and_what_is_missing_still_above_it() {
        let layout =
            || Layout::new(&[certificate(LEAF, INTERMEDIATE)], &mozilla(Err(NoPath::MissingIssuer { position: 0 })));
        let card = |index, whole_for: &[Store]| Card::Fetched { index, whole_for: whole_for.to_vec() };
        let middle = certificate(INTERMEDIATE, ROOT);
        let issuer = || format!("CN={ROOT}");

        let whole = fetched(std::slice::from_ref(&middle), FetchEnd::Whole { stores: vec![Store::Mozilla] });
        let above = Card::NotServed { issuer: issuer() };
        let drawn = [served(0, Role::Leaf), card(0, &[Store::Mozilla]), above];
        assert_eq!(layout().with_fetched(&whole).cards, drawn);

        let root = certificate(ROOT, ROOT);
        let reference = CertificateReference { sha256: root.sha256, subject: root.subject.clone(), position: None };
        let unknown = fetched(&[middle.clone(), root], FetchEnd::UnknownRoot { root: reference });
        let drawn = [served(0, Role::Leaf), card(0, &[]), card(1, &[])];
        assert_eq!(layout().with_fetched(&unknown).cards, drawn);

        let why = || FetchFailure::Status { status: 404 };
        let half = fetched(&[middle], FetchEnd::Nothing { failure: why() });
        let fetch_from = vec![format!("http://ca.example/{ROOT}.cer")];
        let missing = Card::Missing { issuer: issuer(), fetch_from, failure: Some(why()) };
        assert_eq!(layout().with_fetched(&half).cards, [served(0, Role::Leaf), card(0, &[]), missing]);

        let nothing = layout().with_fetched(&fetched(&[], FetchEnd::Nothing { failure: why() }));
        let Some(Card::Missing { failure, .. }) = nothing.cards.last() else { panic!("{nothing:?}") };
        assert_eq!(*failure, Some(why()));
        // Where nothing is missing, nothing is put in its place.
        let alone = Layout::new(&[certificate(LEAF, LEAF)], &mozilla(Err(NoPath::SelfSigned)));
        assert_eq!(alone.clone().with_fetched(&whole), alone);
    }

    #[test]
    fn a_namesake_of_the_issuer_is_not_drawn_as_the_issuer() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(INTERMEDIATE, ROOT)];
        let layout = Layout::new(&chain, &mozilla(Err(NoPath::MissingIssuer { position: 0 })));
        assert!(matches!(layout.cards[..], [Card::Served { .. }, Card::Missing { .. }]), "{layout:?}");
        assert_eq!(layout.extra, [1]);
    }

    #[test]
    fn a_wrong_order_is_drawn_right_and_says_where_each_was_served() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(OTHER, ROOT), certificate(INTERMEDIATE, OTHER)];
        let path = vec![step(LEAF, Some(0)), step(INTERMEDIATE, Some(2)), step(OTHER, Some(1)), step(ROOT, None)];
        let layout = Layout::new(&chain, &mozilla(Ok(path)));
        let misplaced = |position, expected| Card::Served {
            position,
            role: Role::Intermediate,
            misplaced: Some(Misplaced { expected }),
        };
        assert_eq!(layout.cards, [served(0, Role::Leaf), misplaced(2, 1), misplaced(1, 2), in_mozilla(ROOT)]);
    }

    #[test]
    fn a_chain_that_begins_with_an_authority_is_drawn_from_the_server_s_own_certificate() {
        let chain = [certificate(INTERMEDIATE, ROOT), certificate(LEAF, INTERMEDIATE)];
        let path = Ok(vec![step(LEAF, Some(1)), step(INTERMEDIATE, Some(0)), step(ROOT, None)]);
        let card = |position, expected, role| Card::Served { position, role, misplaced: Some(Misplaced { expected }) };
        let drawn = [card(1, 0, Role::Leaf), card(0, 1, Role::Intermediate)];
        assert_eq!(Layout::new(&chain, &mozilla(path)).cards[..2], drawn);
        // Without a path the names lead.
        let missing = mozilla(Err(NoPath::MissingIssuer { position: 0 }));
        assert_eq!(Layout::new(&chain, &missing).cards[..2], drawn);
    }

    #[test]
    fn a_superfluous_certificate_in_between_puts_no_other_in_the_wrong_place() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(OTHER, ROOT), certificate(INTERMEDIATE, ROOT)];
        let path = vec![step(LEAF, Some(0)), step(INTERMEDIATE, Some(2)), step(ROOT, None)];
        let layout = Layout::new(&chain, &mozilla(Ok(path)));
        assert_eq!(layout.cards[1], served(2, Role::Intermediate));
        assert_eq!(layout.extra, [1]);
    }

    #[test]
    fn what_another_path_leads_over_is_part_of_the_chain() {
        let chain = [
            certificate(LEAF, INTERMEDIATE),
            certificate(INTERMEDIATE, ROOT),
            certificate(INTERMEDIATE, OTHER),
            certificate(OTHER, OTHER),
        ];
        let path = |at, root| vec![step(LEAF, Some(0)), step(INTERMEDIATE, Some(at)), step(root, None)];
        let around =
            Trust { alternatives: [(Store::Mozilla, vec![path(2, OTHER)])].into(), ..mozilla(Ok(path(1, ROOT))) };
        let mut of_another_store = mozilla(Ok(path(1, ROOT)));
        of_another_store.stores.push(StoreAnswer { store: Store::Given, path: Ok(path(2, OTHER)) });
        for trust in [around, of_another_store] {
            let layout = Layout::new(&chain, &trust);
            assert_eq!(layout.cards, [served(0, Role::Leaf), served(1, Role::Intermediate), in_mozilla(ROOT)]);
            assert_eq!((layout.on_other_paths, layout.extra), (vec![2], vec![3]));
        }
    }

    #[test]
    fn what_is_kept_for_old_phones_is_part_of_the_chain() {
        let chain = [certificate(LEAF, ROOT), certificate(OTHER, OTHER), certificate(ROOT, OTHER)];
        let layout = Layout::new(&chain, &mozilla(Ok(vec![step(LEAF, Some(0)), step(ROOT, None)])));
        assert_eq!(layout.clone().with_kept(None), layout);
        let kept = layout.with_kept(Some(2));
        assert_eq!((kept.on_other_paths, kept.extra), (vec![2], vec![1]));
    }

    #[test]
    fn an_unknown_root_is_in_no_store() {
        let chain = [certificate(LEAF, ROOT), certificate(ROOT, ROOT)];
        let layout = Layout::new(&chain, &mozilla(Err(NoPath::UnknownRoot { position: 1 })));
        assert_eq!(layout.cards, [served(0, Role::Leaf), served(1, Role::Root { stores: Vec::new(), asked: true })]);
    }

    #[test]
    fn a_served_root_that_a_store_has_says_so() {
        let chain = [certificate(LEAF, ROOT), certificate(ROOT, ROOT)];
        let trust = mozilla(Ok(vec![step(LEAF, Some(0)), step(ROOT, Some(1))]));
        let root = Role::Root { stores: vec![Store::Mozilla], asked: true };
        assert_eq!(Layout::new(&chain, &trust).cards, [served(0, Role::Leaf), served(1, root)]);
    }

    #[test]
    fn a_self_signed_leaf_stands_alone() {
        let trust = mozilla(Err(NoPath::SelfSigned));
        let root = Role::Root { stores: Vec::new(), asked: true };
        assert_eq!(Layout::new(&[certificate(LEAF, LEAF)], &trust).cards, [served(0, root)]);
    }

    #[test]
    fn without_an_answer_nothing_is_called_missing() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(INTERMEDIATE, ROOT)];
        let layout = Layout::new(&chain, &Trust::default());
        let end = Card::NotServed { issuer: format!("CN={ROOT}") };
        assert_eq!(layout.cards, [served(0, Role::Leaf), served(1, Role::Intermediate), end]);
    }

    #[test]
    fn certificates_that_issue_each_other_do_not_loop() {
        let chain = [certificate(LEAF, INTERMEDIATE), certificate(INTERMEDIATE, LEAF)];
        let layout = Layout::new(&chain, &Trust::default());
        assert_eq!(layout.cards.len(), 3);
    }

    #[test]
    fn an_unreadable_leaf_ends_the_chain() {
        let leaf = Certificate { malformed: Some("not DER".to_owned()), ..certificate(LEAF, LEAF) };
        let chain = [leaf, certificate(INTERMEDIATE, ROOT)];
        let layout = Layout::new(&chain, &mozilla(Err(NoPath::Unreadable)));
        assert_eq!((layout.cards.len(), layout.extra), (1, vec![1]));
    }

    #[test]
    fn nothing_served_and_nonsense_positions_draw_nothing() {
        assert_eq!(Layout::new(&[], &Trust::default()), Layout::default());
        let nonsense = mozilla(Ok(vec![step(LEAF, Some(7)), step(LEAF, Some(0)), step(LEAF, Some(0))]));
        assert_eq!(Layout::new(&[certificate(LEAF, ROOT)], &nonsense).cards, [served(0, Role::Leaf)]);
    }
}

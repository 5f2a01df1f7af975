//! The words of `model`'s types in the reader's language. Pure: no reactive owner is needed, so the
//! command line uses them as well.

pub mod revocation;

use model::{
    Api, Date, Platform, Severity, Verdict, Verdicts,
    accounts::Role,
    alerts::{Language, Security},
    certificate::Issued,
    fetched::FetchFailure,
    icp::{IcpKind, IcpNumberError, IcpSource, IcpState, Standing},
    limits,
    observation::{AddressObservation, DnsFailure, Failure, SuiteOrder, TcpFailure, TlsFailure, TlsVersion},
    trust::{
        NoPath, PathStep, Store, StoreAnswer, Trust,
        distrust::{self, Programme},
    },
    url_check::Reason,
};

use crate::i18n::*;

/// One word for a severity.
pub fn severity(severity: Severity, locale: Locale) -> &'static str {
    match severity {
        Severity::Info => td_string!(locale, words.severity.info),
        Severity::Warning => td_string!(locale, words.severity.warning),
        Severity::Error => td_string!(locale, words.severity.error),
    }
}

/// The name of a platform.
pub fn platform(platform: Platform, locale: Locale) -> &'static str {
    match platform {
        Platform::Ios => td_string!(locale, words.platform.ios),
        Platform::Macos => td_string!(locale, words.platform.macos),
        Platform::Android => td_string!(locale, words.platform.android),
        Platform::Windows => td_string!(locale, words.platform.windows),
    }
}

/// The names of some platforms; "all platforms" when it is all of them.
pub fn platforms(platforms: &[Platform], locale: Locale) -> String {
    let all = Platform::PHONES_AND_DESKTOPS;
    if all.iter().all(|known| platforms.contains(known)) {
        return td_string!(locale, words.platform.all).to_owned();
    }
    let names = all.into_iter().filter(|known| platforms.contains(known)).map(|known| platform(known, locale));
    join(names, locale)
}

/// The names of those platforms on which something fails.
pub fn failing_platforms(verdicts: &Verdicts, locale: Locale) -> String {
    let fails = |platform: &Platform| verdicts.on(*platform) == Verdict::Fail;
    let failing: Vec<Platform> = Platform::PHONES_AND_DESKTOPS.into_iter().filter(fails).collect();
    platforms(&failing, locale)
}

/// What WeChat's devtools do not show of such verdicts; nothing where there is nothing to hide.
pub fn hidden_in_devtools(verdicts: &Verdicts, locale: Locale) -> Option<String> {
    let fails = Platform::PHONES_AND_DESKTOPS.into_iter().any(|platform| verdicts.on(platform) == Verdict::Fail);
    fails.then(|| td_string!(locale, words.devtools.hidden, platforms = failing_platforms(verdicts, locale)))
}

/// A language, in itself.
pub const fn language(language: Language) -> &'static str {
    match language {
        Language::Chinese => "中文",
        Language::English => "English",
    }
}

/// What somebody may do, in a word.
pub fn role(role: Role, locale: Locale) -> &'static str {
    match role {
        Role::Administrator => td_string!(locale, words.role.administrator),
        Role::Editor => td_string!(locale, words.role.editor),
        Role::Viewer => td_string!(locale, words.role.viewer),
    }
}

/// What somebody may do, as a sentence.
pub fn role_meaning(role: Role, locale: Locale) -> &'static str {
    match role {
        Role::Administrator => td_string!(locale, words.role_meaning.administrator),
        Role::Editor => td_string!(locale, words.role_meaning.editor),
        Role::Viewer => td_string!(locale, words.role_meaning.viewer),
    }
}

/// How a connection to a mail server is protected.
pub fn security(security: Security, locale: Locale) -> &'static str {
    match security {
        Security::Tls => td_string!(locale, words.security.tls),
        Security::Starttls => td_string!(locale, words.security.starttls),
        Security::Plain => td_string!(locale, words.security.plain),
    }
}

/// One or two words for a verdict.
pub fn verdict(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Pass => td_string!(locale, words.verdict.pass),
        Verdict::Unknown => td_string!(locale, words.verdict.unknown),
        Verdict::Warn => td_string!(locale, words.verdict.warn),
        Verdict::Unreachable => td_string!(locale, words.verdict.unreachable),
        Verdict::Fail => td_string!(locale, words.verdict.fail),
    }
}

/// A verdict on one platform, as a sentence.
pub fn verdict_meaning(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Pass => td_string!(locale, words.verdict_meaning.pass),
        Verdict::Unknown => td_string!(locale, words.verdict_meaning.unknown),
        Verdict::Warn => td_string!(locale, words.verdict_meaning.warn),
        Verdict::Unreachable => td_string!(locale, words.verdict_meaning.unreachable),
        Verdict::Fail => td_string!(locale, words.verdict_meaning.fail),
    }
}

/// What WeChat's console calls a list.
pub fn api(api: Api, locale: Locale) -> &'static str {
    match api {
        Api::Request => td_string!(locale, words.api.request),
        Api::Socket => td_string!(locale, words.api.socket),
        Api::Upload => td_string!(locale, words.api.upload),
        Api::Download => td_string!(locale, words.api.download),
        Api::Udp => td_string!(locale, words.api.udp),
        Api::Tcp => td_string!(locale, words.api.tcp),
        Api::PrefetchDns => td_string!(locale, words.api.prefetch),
        Api::Business => td_string!(locale, words.api.business),
        Api::Resource => td_string!(locale, words.api.resource),
    }
}

/// What WeChat asks of a list and of what it allows, beyond the form of an entry.
pub fn api_rule(api: Api, locale: Locale) -> String {
    let (seconds, requests) = (limits::REQUEST_SECONDS, limits::REQUESTS_AT_ONCE);
    match api {
        Api::Request | Api::Upload | Api::Download => {
            td_string!(locale, words.api_rule.request, seconds = seconds, most = requests)
        }
        Api::Socket => td_string!(locale, words.api_rule.socket, most = limits::SOCKETS_AT_ONCE),
        Api::Udp => td_string!(locale, words.api_rule.udp).to_owned(),
        Api::Tcp => td_string!(locale, words.api_rule.tcp).to_owned(),
        Api::PrefetchDns => td_string!(locale, words.api_rule.prefetch).to_owned(),
        Api::Business => td_string!(locale, words.api_rule.business, most = limits::BUSINESS_OWNERS),
        Api::Resource => td_string!(locale, words.api_rule.resource).to_owned(),
    }
}

/// Why a URL may be called, or why not, as a sentence.
pub fn reason(reason: Reason, locale: Locale) -> &'static str {
    match reason {
        Reason::Allowed => td_string!(locale, words.reason.allowed),
        Reason::InvalidUrl => td_string!(locale, words.reason.invalid_url),
        Reason::Scheme => td_string!(locale, words.reason.scheme),
        Reason::Host => td_string!(locale, words.reason.host),
        Reason::Subdomain => td_string!(locale, words.reason.subdomain),
        Reason::PortMissing => td_string!(locale, words.reason.port_missing),
        Reason::PortUnexpected => td_string!(locale, words.reason.port_unexpected),
        Reason::Explicit443 => td_string!(locale, words.reason.explicit_443),
        Reason::WrongList => td_string!(locale, words.reason.wrong_list),
        Reason::NoList => td_string!(locale, words.reason.no_list),
    }
}

/// Whether a domain is filed.
pub fn icp_state(state: IcpState, locale: Locale) -> &'static str {
    match state {
        IcpState::Filed => td_string!(locale, words.icp_state.filed),
        IcpState::NotFiled => td_string!(locale, words.icp_state.not_filed),
        IcpState::Pending => td_string!(locale, words.icp_state.pending),
        IcpState::Unknown => td_string!(locale, words.icp_state.unknown),
    }
}

/// What the record of a filing is worth.
pub fn icp_standing(standing: Standing, locale: Locale) -> &'static str {
    match standing {
        Standing::NotFiled => td_string!(locale, words.icp_standing.not_filed),
        Standing::Stale => td_string!(locale, words.icp_standing.stale),
        Standing::Pending => td_string!(locale, words.icp_standing.pending),
        Standing::Unknown => td_string!(locale, words.icp_standing.unknown),
        Standing::Filed => td_string!(locale, words.icp_standing.filed),
    }
}

/// How the state of a filing is known.
pub fn icp_source(source: IcpSource, locale: Locale) -> &'static str {
    match source {
        IcpSource::Typed => td_string!(locale, words.icp_source.typed),
        IcpSource::SeenOnSite => td_string!(locale, words.icp_source.seen_on_site),
        IcpSource::Wechat => td_string!(locale, words.icp_source.wechat),
        IcpSource::Lookup => td_string!(locale, words.icp_source.lookup),
    }
}

/// What an ICP number certifies.
pub fn icp_kind(kind: &IcpKind, locale: Locale) -> String {
    match kind {
        IcpKind::Filing => td_string!(locale, words.icp_kind.filing).to_owned(),
        IcpKind::Licence => td_string!(locale, words.icp_kind.licence).to_owned(),
        IcpKind::ValueAdded(class) => td_string!(locale, words.icp_kind.value_added, class = class.as_str()),
    }
}

/// Why a text is no ICP number.
pub fn icp_problem(error: IcpNumberError, locale: Locale) -> String {
    match error {
        IcpNumberError::Empty => td_string!(locale, icp.refusal.empty).to_owned(),
        IcpNumberError::Province(character) => td_string!(locale, icp.refusal.province, character = character),
        IcpNumberError::Digits => td_string!(locale, icp.refusal.digits).to_owned(),
        IcpNumberError::Suffix => td_string!(locale, icp.refusal.suffix).to_owned(),
        IcpNumberError::Shape => td_string!(locale, icp.refusal.shape).to_owned(),
    }
}

/// Which step of a connection failed, and how.
pub fn failure(failure: &Failure, locale: Locale) -> String {
    match failure {
        Failure::Dns { reason } => dns_failure(reason, locale),
        Failure::Policy { address } => td_string!(locale, words.failure.policy, address = *address),
        Failure::Tcp { reason } => tcp_failure(reason, locale),
        Failure::Tls { reason } => tls_failure(reason, locale),
    }
}

/// The same, with how often it was tried where that was more than once.
pub fn failure_after(reason: &Failure, tries: u32, locale: Locale) -> String {
    let said = failure(reason, locale);
    if tries > 1 { td_string!(locale, words.failure_after, failure = said, count = tries) } else { said }
}

/// On which try an address has answered, where that was not the first.
pub fn answered_after(seen: &AddressObservation, locale: Locale) -> Option<String> {
    let late = seen.outcome.is_ok() && seen.tries > 1;
    late.then(|| td_string!(locale, words.answered_after, count = seen.tries))
}

/// How many addresses of a name were not tried, as a sentence; none when all were.
pub fn left_out(count: u32, locale: Locale) -> Option<String> {
    match count {
        0 => None,
        1 => Some(td_string!(locale, words.left_out.one).to_owned()),
        count => Some(td_string!(locale, words.left_out.many, count = count)),
    }
}

/// The versions that an address speaks beside the one that was negotiated; none where there is none.
pub fn other_versions(seen: &AddressObservation, locale: Locale) -> Option<String> {
    let (chosen, protocols) = (seen.outcome.as_ref().ok()?.version, seen.protocols.as_ref()?);
    let spoken = |version: &TlsVersion| *version != chosen && protocols.speaks(*version) == Some(true);
    let versions: Vec<_> = TlsVersion::ALL.into_iter().rev().filter(spoken).map(TlsVersion::as_str).collect();
    (!versions.is_empty()).then(|| td_string!(locale, words.also_versions, versions = versions.join(", ")))
}

/// The suites of TLS 1.2 that an address takes, where it was asked for each: in whose order, one by one,
/// and whether there may be more.
pub fn suites(seen: &AddressObservation, locale: Locale) -> Option<Vec<String>> {
    let suites = seen.protocols.as_ref()?.suites.as_ref()?;
    let order = suites.order.map(|order| match order {
        SuiteOrder::Server => td_string!(locale, words.suites.server).to_owned(),
        SuiteOrder::Client => td_string!(locale, words.suites.client).to_owned(),
    });
    let cut_short = suites.cut_short.then(|| td_string!(locale, words.suites.cut_short).to_owned());
    Some(order.into_iter().chain(suites.accepted.iter().map(ToString::to_string)).chain(cut_short).collect())
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
pub fn no_path(reason: &NoPath, locale: Locale) -> String {
    // Positions count from 0, people from 1.
    let number = |position: &usize| position.saturating_add(1);
    match reason {
        NoPath::Unreadable => td_string!(locale, words.no_path.unreadable).to_owned(),
        NoPath::SelfSigned => td_string!(locale, words.no_path.self_signed).to_owned(),
        NoPath::UnknownRoot { position } => {
            td_string!(locale, words.no_path.unknown_root, number = number(position))
        }
        NoPath::MissingIssuer { position } => {
            td_string!(locale, words.no_path.missing_issuer, number = number(position))
        }
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

/// Why an issuer could not be fetched, as a sentence without its full stop.
pub fn fetch_failure(failure: &FetchFailure, locale: Locale) -> String {
    match failure {
        FetchFailure::NoUrl => td_string!(locale, words.fetch_failure.no_url).to_owned(),
        FetchFailure::NotHttp => td_string!(locale, words.fetch_failure.not_http).to_owned(),
        FetchFailure::Unreached { failure } => self::failure(failure, locale),
        FetchFailure::Timeout => td_string!(locale, words.fetch_failure.timeout).to_owned(),
        FetchFailure::Status { status } => td_string!(locale, words.fetch_failure.status, status = *status),
        FetchFailure::TooManyRedirects => td_string!(locale, words.fetch_failure.too_many_redirects).to_owned(),
        FetchFailure::TooLarge => td_string!(locale, words.fetch_failure.too_large).to_owned(),
        FetchFailure::Broken { detail } => td_string!(locale, words.fetch_failure.broken, detail = detail.as_str()),
        FetchFailure::NotACertificate => td_string!(locale, words.fetch_failure.not_a_certificate).to_owned(),
        FetchFailure::NotTheIssuer => td_string!(locale, words.fetch_failure.not_the_issuer).to_owned(),
        FetchFailure::Circle => td_string!(locale, words.fetch_failure.circle).to_owned(),
        FetchFailure::TooMany => td_string!(locale, words.fetch_failure.too_many).to_owned(),
        FetchFailure::NoRoot => td_string!(locale, words.fetch_failure.no_root).to_owned(),
        FetchFailure::Unable { detail } => td_string!(locale, words.fetch_failure.unable, detail = detail.as_str()),
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
pub fn distrust(authority: &str, by: Programme, trusted_until: Option<Date>, locale: Locale) -> String {
    let by = programme(by, locale);
    match trusted_until {
        Some(date) => {
            td_string!(locale, words.distrust.after, by = by, authority = authority, date = date.to_string())
        }
        None => td_string!(locale, words.distrust.all, by = by, authority = authority),
    }
}

/// What the stores say of a chain whose server's certificate was issued at that time: a line for those
/// that trust it, and one for each reason why others do not, with how bad that is.
pub fn trust(trust: &Trust, issued: Option<Issued>, locale: Locale) -> Vec<(Verdict, String)> {
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
                    (rule.by.verdict(*asked).0, self::distrust(rule.authority, rule.by, rule.trusted_until, locale))
                }
            },
            // Where others trust it, no phone asks this one.
            Err(reason @ NoPath::NotInStore { .. }) if asked.platforms().is_empty() => {
                (Severity::Info, no_path(reason, locale))
            }
            Err(reason) => (Severity::Error, no_path(reason, locale)),
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

/// The items of an enumeration in one line.
pub fn join<T: AsRef<str>>(items: impl IntoIterator<Item = T>, locale: Locale) -> String {
    let separator = match locale {
        Locale::zh_CN => "、",
        Locale::en => ", ",
    };
    let mut line = String::new();
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            line.push_str(separator);
        }
        line.push_str(item.as_ref());
    }
    line
}

fn dns_failure(reason: &DnsFailure, locale: Locale) -> String {
    match reason {
        DnsFailure::NotFound => td_string!(locale, words.failure.dns_not_found).to_owned(),
        DnsFailure::NoAddress => td_string!(locale, words.failure.dns_no_address).to_owned(),
        DnsFailure::Timeout => td_string!(locale, words.failure.dns_timeout).to_owned(),
        DnsFailure::ServerFailure { detail } => {
            td_string!(locale, words.failure.dns_server_failure, detail = detail.as_str())
        }
    }
}

fn tcp_failure(reason: &TcpFailure, locale: Locale) -> String {
    match reason {
        TcpFailure::Refused => td_string!(locale, words.failure.tcp_refused).to_owned(),
        TcpFailure::Timeout => td_string!(locale, words.failure.tcp_timeout).to_owned(),
        TcpFailure::Reset => td_string!(locale, words.failure.tcp_reset).to_owned(),
        TcpFailure::Unreachable { detail } => {
            td_string!(locale, words.failure.tcp_unreachable, detail = detail.as_str())
        }
        TcpFailure::NoRoute { detail } => td_string!(locale, words.failure.tcp_no_route, detail = detail.as_str()),
    }
}

fn tls_failure(reason: &TlsFailure, locale: Locale) -> String {
    match reason {
        TlsFailure::Timeout => td_string!(locale, words.failure.tls_timeout).to_owned(),
        TlsFailure::ClosedBeforeAnswer => td_string!(locale, words.failure.tls_closed).to_owned(),
        TlsFailure::NotTls { protocol } if protocol == "unknown" => {
            td_string!(locale, words.failure.tls_not_tls_unknown).to_owned()
        }
        TlsFailure::NotTls { protocol } => {
            td_string!(locale, words.failure.tls_not_tls, protocol = protocol.as_str())
        }
        TlsFailure::Alert { alert } => td_string!(locale, words.failure.tls_alert, alert = *alert),
        TlsFailure::ClientCertificateRequired => td_string!(locale, words.failure.tls_client_certificate).to_owned(),
        TlsFailure::Misbehaved { detail } => {
            td_string!(locale, words.failure.tls_misbehaved, detail = detail.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Fingerprint, Timestamp, tls::Alert};

    use super::*;

    #[test]
    fn every_platform_together_is_one_phrase_in_any_order() {
        let mut all = Platform::PHONES_AND_DESKTOPS;
        all.reverse();
        assert_eq!(platforms(&all, Locale::en), "All platforms");
        assert_eq!(platforms(&all, Locale::zh_CN), "所有平台");
    }

    #[test]
    fn some_platforms_are_listed_in_the_usual_order() {
        let some = [Platform::Macos, Platform::Ios];
        assert_eq!(platforms(&some, Locale::en), "iOS, macOS");
        assert_eq!(platforms(&some, Locale::zh_CN), "iOS、macOS");
        assert_eq!(platforms(&[], Locale::en), "");
    }

    #[test]
    fn devtools_hide_what_fails_and_nothing_else() {
        let on_apple = Verdicts { ios: Verdict::Fail, macos: Verdict::Fail, ..Verdicts::all(Verdict::Pass) };
        for (verdicts, hidden) in [
            (Verdicts::all(Verdict::Fail), Some("(All platforms)")),
            (on_apple, Some("(iOS, macOS)")),
            (Verdicts::all(Verdict::Warn), None),
            (Verdicts::all(Verdict::Unreachable), None),
            (Verdicts::all(Verdict::Unknown), None),
            (Verdicts::all(Verdict::Pass), None),
        ] {
            let said = hidden_in_devtools(&verdicts, Locale::en);
            assert_eq!(said.is_some(), hidden.is_some(), "{verdicts:?}");
            assert!(hidden.is_none_or(|part| said.is_some_and(|said| said.contains(part))), "{verdicts:?}");
        }
    }

    #[test]
    fn people_count_certificates_from_one() {
        let missing = NoPath::MissingIssuer { position: 0 };
        assert_eq!(no_path(&missing, Locale::en), "the issuer of certificate 1 is neither served nor among the roots");
    }

    #[test]
    fn stores_that_answer_alike_share_a_line() {
        let root = Fingerprint::new([1; 32]);
        let path = |subject: &str| Ok(vec![PathStep { subject: subject.to_owned(), sha256: root, position: None }]);
        let lacking = || Err(NoPath::NotInStore { subject: "CN=R".to_owned(), sha256: root, dated: None });
        let answers = [lacking(), path("CN=R"), lacking(), path("CN=R"), lacking()];
        let stores = Store::PREINSTALLED.into_iter().zip(answers);
        let trust_of = |stores: Vec<StoreAnswer>| Trust { stores, ..Trust::default() };
        let said =
            trust(&trust_of(stores.map(|(store, path)| StoreAnswer { store, path }).collect()), None, Locale::en);
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
            let said = trust(&apple, issued, Locale::en);
            assert!(said.len() == 1 && said[0].1.starts_with(start), "{said:?}");
        }
        assert!(trust(&Trust::default(), None, Locale::en).is_empty());
    }

    #[test]
    fn a_failure_names_its_step_and_keeps_the_details() {
        let alert = Failure::Tls { reason: TlsFailure::Alert { alert: Alert::HandshakeFailure } };
        assert_eq!(failure(&alert, Locale::en), "TLS handshake: the server sent the alert handshake_failure");
        assert_eq!(failure(&alert, Locale::zh_CN), "TLS 握手\u{ff1a}服务器返回警报 handshake_failure");
    }

    #[test]
    fn tries_are_counted_from_the_second_on() {
        let refused = Failure::Tcp { reason: TcpFailure::Refused };
        assert_eq!(failure_after(&refused, 1, Locale::en), failure(&refused, Locale::en));
        assert_eq!(failure_after(&refused, 3, Locale::en), "connecting: the connection was refused, 3 tries");
        assert!(failure_after(&refused, 3, Locale::zh_CN).ends_with("共尝试 3 次）"));
    }

    #[test]
    fn addresses_that_were_not_tried_are_counted_if_there_are_any() {
        let said = [0, 1, 24].map(|count| left_out(count, Locale::en));
        let one = "1 more address of the name was not tried.";
        let many = "24 more addresses of the name were not tried.";
        assert_eq!(said, [None, Some(one.to_owned()), Some(many.to_owned())]);
    }

    #[test]
    fn an_unrecognised_protocol_is_not_called_unknown() {
        let other = Failure::Tls { reason: TlsFailure::NotTls { protocol: "unknown".to_owned() } };
        assert_eq!(failure(&other, Locale::en), "TLS handshake: the answer is not TLS");
    }
}

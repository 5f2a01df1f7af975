//! What helps on a server: a set of instructions for each kind of remedy, and which findings it is for.

use model::Code;

use super::snippets::{for_all, snippet};
use crate::{
    help::api::{Remedy, Server},
    i18n::*,
};

/// What is to be done for a finding on a server; nothing where it is not mended there.
pub(super) fn remedies(code: Code, locale: Locale) -> Vec<Remedy> {
    kinds(code).iter().map(|kind| kind.remedy(locale)).collect()
}

/// What a certificate or a setting is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerKind {
    Nginx,
    Apache,
    Tomcat,
    SpringBoot,
    Iis,
    TencentCloud,
    AlibabaCloud,
    HuaweiCloud,
}

impl ServerKind {
    pub(super) const ALL: [Self; 8] = [
        Self::Nginx,
        Self::Apache,
        Self::Tomcat,
        Self::SpringBoot,
        Self::Iis,
        Self::TencentCloud,
        Self::AlibabaCloud,
        Self::HuaweiCloud,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::Tomcat => "tomcat",
            Self::SpringBoot => "spring-boot",
            Self::Iis => "iis",
            Self::TencentCloud => "tencent-cloud",
            Self::AlibabaCloud => "alibaba-cloud",
            Self::HuaweiCloud => "huawei-cloud",
        }
    }

    fn name(self, locale: Locale) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Tomcat => "Tomcat",
            Self::SpringBoot => "Spring Boot",
            Self::Iis => "IIS",
            Self::TencentCloud => td_string!(locale, help.server.tencent),
            Self::AlibabaCloud => td_string!(locale, help.server.alibaba),
            Self::HuaweiCloud => td_string!(locale, help.server.huawei),
        }
    }
}

macro_rules! kinds {
    ($($kind:ident => $key:ident, $anchor:literal;)+) => {
        /// A kind of remedy.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($kind,)+
        }

        impl Kind {
            pub(super) const ALL: &[Self] = &[$(Self::$kind),+];

            const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $anchor),+ }
            }

            fn title(self, locale: Locale) -> &'static str {
                match self { $(Self::$kind => td_string!(locale, help.remedy.$key.title)),+ }
            }

            fn intro(self, locale: Locale) -> &'static str {
                match self { $(Self::$kind => td_string!(locale, help.remedy.$key.intro)),+ }
            }

            fn words(self, server: ServerKind, locale: Locale) -> &'static str {
                match self {
                    $(Self::$kind => match server {
                        ServerKind::Nginx => td_string!(locale, help.remedy.$key.nginx),
                        ServerKind::Apache => td_string!(locale, help.remedy.$key.apache),
                        ServerKind::Tomcat => td_string!(locale, help.remedy.$key.tomcat),
                        ServerKind::SpringBoot => td_string!(locale, help.remedy.$key.spring_boot),
                        ServerKind::Iis => td_string!(locale, help.remedy.$key.iis),
                        ServerKind::TencentCloud => td_string!(locale, help.remedy.$key.tencent),
                        ServerKind::AlibabaCloud => td_string!(locale, help.remedy.$key.alibaba),
                        ServerKind::HuaweiCloud => td_string!(locale, help.remedy.$key.huawei),
                    },)+
                }
            }
        }
    };
}

kinds! {
    FullChain => full_chain, "full-chain";
    Replace => replace, "replace";
    RightSite => right_site, "right-site";
    Versions => versions, "versions";
    Suites => suites, "suites";
    SpeakTls => speak_tls, "speak-tls";
    NoClientCertificate => no_client_certificate, "no-client-certificate";
    Everywhere => everywhere, "everywhere";
    Redirect => redirect, "redirect";
    Hsts => hsts, "hsts";
    Staple => staple, "staple";
    Referer => referer, "referer";
    WebSocket => websocket, "websocket";
    Backend => backend, "backend";
    VerificationFile => verification_file, "verification-file";
}

impl Kind {
    pub(super) fn remedy(self, locale: Locale) -> Remedy {
        let server = |server: ServerKind| Server {
            id: format!("{}-{}", self.as_str(), server.as_str()),
            name: server.name(locale).to_owned(),
            words: self.words(server, locale).to_owned(),
            snippet: snippet(self, server).map(str::to_owned),
        };
        Remedy {
            id: self.as_str().to_owned(),
            title: self.title(locale).to_owned(),
            intro: self.intro(locale).to_owned(),
            snippet: for_all(self).map(str::to_owned),
            servers: ServerKind::ALL.map(server).to_vec(),
        }
    }
}

/// What helps against a finding on a server, the likeliest first.
pub(super) const fn kinds(code: Code) -> &'static [Kind] {
    use Code::*;
    match code {
        // In WeChat's console, with the authorities, in the DNS, or on the network.
        RuleScheme | RuleIpAddress | RuleLocalhost | RuleForbiddenHost | RuleCharacter | RuleHost | RuleTooLong
        | RulePath | RuleWildcard | RulePort | RuleOverLimit | RuleDuplicate | RuleRepeated | RuleIdn
        | RuleExplicit443 | RuleChangesSpent | RuleCheckSkipped => &[],
        IcpMissing | IcpPending | IcpUnknown | IcpStale | IcpSuffixCannotFile => &[],
        DnsNotFound | DnsTimeout | DnsServerFailure | DnsNoAddress | DnsPrivateAddress => &[],
        NetTimeout | NetReset | NetUnreachable | NetNoRoute | NetBlockedByPolicy => &[],
        NetSomeAddressesFail => &[Kind::Everywhere],
        // On a port that refuses nothing listens.
        NetRefused | TlsNotTls => &[Kind::SpeakTls],
        TlsKeyUnproven => &[Kind::Suites],
        TlsHandshakeFailed => &[Kind::RightSite, Kind::Suites],
        TlsNoTls12 | TlsLegacyEnabled | TlsNoTls13 | AtsVersion => &[Kind::Versions],
        TlsWeakSuite | AtsForwardSecrecy | AtsSuite => &[Kind::Suites],
        TlsClientCertificate => &[Kind::NoClientCertificate],
        AtsKeySize | AtsSignature => &[Kind::Replace],
        CertNameMismatch => &[Kind::RightSite, Kind::Replace],
        CertExpired
        | CertNotYetValid
        | CertExpiresSoon
        | CertRenewalOverdue
        | CertNoSan
        | CertSelfSigned
        | CertWeakKey
        | CertWeakSignature
        | CertValidTooLong
        | CertNoServerAuth
        | CertRevoked
        | CertTransparencyMissing => &[Kind::Replace],
        CertIsCa | CertMalformed => &[Kind::FullChain],
        CertStapleInvalid => &[Kind::Staple],
        CertMustStapleMissing => &[Kind::Staple, Kind::Replace],
        // Nothing is wrong.
        CertChanged | CertRevocationUnknown => &[],
        ChainIncomplete
        | ChainWrongOrder
        | ChainExtraCertificate
        | ChainExpiredIntermediate
        | ChainRevokedCertificate
        | ChainRootIncluded
        | ChainInvalid => &[Kind::FullChain],
        ChainNameConstraint | ChainNotACa => &[Kind::Replace],
        TrustUnknownRoot | TrustApple | TrustAndroid | TrustAndroidSince | TrustWindows | TrustMozilla
        | TrustDistrusted => &[Kind::Replace],
        CompliancePathLength | ComplianceCaWithoutBasicConstraints | ComplianceExpiredRoot | ComplianceWeakRoot => {
            &[Kind::FullChain, Kind::Replace]
        }
        ComplianceVersion
        | ComplianceSerialNumber
        | ComplianceSignatureMismatch
        | ComplianceUnknownCriticalExtension
        | ComplianceNoAuthorityKeyId
        | ComplianceNoSubjectKeyId
        | ComplianceCriticalKeyId
        | ComplianceKeyUsage
        | ComplianceBasicConstraintsNotCritical
        | ComplianceEmptySubject
        | ComplianceNameConstraints
        | ComplianceCommonNameNotInSan => &[Kind::Replace],
        // With whoever calls the server.
        TrustJava => &[],
        HttpNoHttpsRedirect => &[Kind::Redirect],
        HttpNoHsts => &[Kind::Hsts],
        HttpServerError => &[Kind::Backend],
        HttpRefererRefused => &[Kind::Referer],
        WsUpgradeRefused => &[Kind::WebSocket],
        VerificationNotServed
        | VerificationRedirected
        | VerificationPage
        | VerificationContent
        | VerificationByteOrderMark
        | VerificationWhitespace => &[Kind::VerificationFile],
        VerificationNoAnswer => &[Kind::Backend, Kind::VerificationFile],
        EndpointAddressesDiffer | EndpointDeployedNotEverywhere => &[Kind::Everywhere],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_of_remedy_is_for_some_finding() {
        for kind in Kind::ALL {
            assert!(Code::ALL.iter().any(|code| kinds(*code).contains(kind)), "{kind:?}");
        }
    }

    #[test]
    fn no_anchor_is_twice_on_a_page() {
        for code in Code::ALL {
            let remedies = remedies(*code, Locale::en);
            let servers = remedies.iter().flat_map(|remedy| &remedy.servers).map(|server| &server.id);
            let anchors: Vec<_> = remedies.iter().map(|remedy| &remedy.id).chain(servers).collect();
            assert_eq!(anchors.iter().collect::<BTreeSet<_>>().len(), anchors.len(), "{code}");
        }
    }

    #[test]
    fn the_full_chain_is_named_as_each_server_names_it() {
        for (server, name) in [
            (ServerKind::Nginx, "ssl_certificate"),
            (ServerKind::Apache, "SSLCertificateFile"),
            (ServerKind::Tomcat, "certificateChainFile"),
            (ServerKind::SpringBoot, "key-store"),
            (ServerKind::Iis, "netsh http"),
        ] {
            assert!(snippet(Kind::FullChain, server).is_some_and(|snippet| snippet.contains(name)), "{server:?}");
        }
    }
}

//! Words for calls and for the causes of errors.

use std::borrow::Cow;

use model::{
    Api,
    explain::Cause,
    limits,
    tools::{
        CHAIN_MOST, FILE_MOST, Given, KeyMatch, NoCertificates,
        damage::{Damage, DamagedBlock},
    },
};

use crate::i18n::*;

/// Why a file is no chain of certificates, and what to do.
pub(crate) fn no_certificates(why: NoCertificates, locale: Locale) -> String {
    match why {
        NoCertificates::Nothing => td_string!(locale, tools.certificate.problem.nothing).to_owned(),
        NoCertificates::KeyAlone => td_string!(locale, tools.certificate.problem.key_alone).to_owned(),
        NoCertificates::Damaged => td_string!(locale, tools.certificate.problem.damaged).to_owned(),
        NoCertificates::DamagedBlock(block) => damaged_block(block, locale),
        NoCertificates::TooMany => td_string!(locale, tools.certificate.problem.too_many, most = CHAIN_MOST),
        NoCertificates::TooLarge => {
            td_string!(locale, tools.certificate.problem.too_large, most = FILE_MOST / 1024)
        }
        NoCertificates::Request => td_string!(locale, tools.certificate.problem.request).to_owned(),
        NoCertificates::PasswordNeeded => td_string!(locale, tools.certificate.problem.password_needed).to_owned(),
        NoCertificates::WrongPassword => td_string!(locale, tools.certificate.problem.wrong_password).to_owned(),
        NoCertificates::SeveralKeys => td_string!(locale, tools.certificate.problem.several_keys).to_owned(),
        NoCertificates::NoSuchName => td_string!(locale, tools.certificate.problem.no_such_name).to_owned(),
        NoCertificates::Jceks => td_string!(locale, tools.certificate.problem.jceks).to_owned(),
        NoCertificates::Unsupported => td_string!(locale, tools.certificate.problem.unsupported).to_owned(),
        NoCertificates::OldKey => td_string!(locale, tools.certificate.problem.old_key).to_owned(),
        NoCertificates::NoKey => td_string!(locale, tools.certificate.problem.no_key).to_owned(),
        NoCertificates::OtherKey => td_string!(locale, tools.certificate.problem.other_key).to_owned(),
        NoCertificates::WeakPassword => td_string!(locale, tools.certificate.problem.weak_password).to_owned(),
        NoCertificates::Both => td_string!(locale, tools.certificate.problem.both).to_owned(),
    }
}

fn damaged_block(block: DamagedBlock, locale: Locale) -> String {
    let damage = match block.damage {
        Damage::Begin => td_string!(locale, tools.certificate.damage.begin).to_owned(),
        Damage::NotBase64 { line } => td_string!(locale, tools.certificate.damage.not_base64, line = line),
        Damage::BrokenOff => td_string!(locale, tools.certificate.damage.broken_off).to_owned(),
        Damage::NoEnd => td_string!(locale, tools.certificate.damage.no_end).to_owned(),
        Damage::OtherEnd => td_string!(locale, tools.certificate.damage.other_end).to_owned(),
        Damage::Content => td_string!(locale, tools.certificate.damage.content).to_owned(),
    };
    let (name, line) = (block.name(), block.line);
    td_string!(locale, tools.certificate.problem.damaged_block, name = name, line = line, damage = damage)
}

/// Whether a private key belongs to the certificate.
pub(super) fn key(key: KeyMatch, locale: Locale) -> &'static str {
    match key {
        KeyMatch::Matches => td_string!(locale, tools.certificate.key_answer.matches),
        KeyMatch::Other => td_string!(locale, tools.certificate.key_answer.other),
        KeyMatch::Unknown => td_string!(locale, tools.certificate.key_answer.unknown),
        KeyMatch::Locked => td_string!(locale, tools.certificate.key_answer.locked),
    }
}

/// What certificates are given back as.
pub(super) fn given(format: Given, locale: Locale) -> &'static str {
    match format {
        Given::Pem => td_string!(locale, tools.certificate.give.pem),
        Given::Pkcs12 => td_string!(locale, tools.certificate.give.pkcs12),
        Given::Jks => td_string!(locale, tools.certificate.give.jks),
    }
}

/// What a developer calls: the function of WeChat's JavaScript API, or what the page shows.
pub(super) fn call(api: Api, locale: Locale) -> &'static str {
    match api {
        Api::Request => "wx.request",
        Api::Socket => "wx.connectSocket",
        Api::Upload => "wx.uploadFile",
        Api::Download => "wx.downloadFile",
        Api::Udp => "wx.createUDPSocket",
        Api::Tcp => "wx.createTCPSocket",
        Api::PrefetchDns => "DNS prefetch",
        Api::Business => td_string!(locale, tools.call.business),
        Api::Resource => td_string!(locale, tools.call.resource),
    }
}

/// What a page says of a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CauseWords {
    pub(super) title: &'static str,
    pub(super) meaning: Cow<'static, str>,
    /// A question a line.
    pub(super) check: &'static str,
    pub(super) place: &'static str,
}

pub(super) fn cause(cause: Cause, locale: Locale) -> CauseWords {
    macro_rules! words {
        ($key:ident $(, $meaning:ident = $value:expr)?) => {
            CauseWords {
                title: td_string!(locale, tools.cause.$key.title),
                meaning: td_string!(locale, tools.cause.$key.meaning $(, $meaning = $value)?).into(),
                check: td_string!(locale, tools.cause.$key.check),
                place: td_string!(locale, tools.cause.$key.place),
            }
        };
    }
    match cause {
        Cause::NotInDomainList => words!(not_in_domain_list),
        Cause::NameMismatch => words!(name_mismatch),
        Cause::UntrustedAuthority => words!(untrusted_authority),
        Cause::Date => words!(date),
        Cause::Revoked => words!(revoked),
        Cause::MalformedCertificate => words!(malformed_certificate),
        Cause::NoCommonVersion => words!(no_common_version),
        Cause::AppTransportSecurity => words!(app_transport_security),
        Cause::NameNotResolved => words!(name_not_resolved),
        Cause::TimedOut => words!(timed_out, seconds = limits::REQUEST_SECONDS),
        Cause::ConnectionFailed => words!(connection_failed),
        Cause::NoNetwork => words!(no_network),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_says_what_to_check_and_where_in_both_languages() {
        for of in Cause::ALL.iter().copied() {
            let [chinese, english] = [Locale::zh_CN, Locale::en].map(|locale| cause(of, locale));
            for words in [&chinese, &english] {
                assert!(words.check.lines().count() >= 2, "{of:?}");
                assert!(
                    [words.title, &*words.meaning, words.place].iter().all(|text| text.chars().count() >= 4),
                    "{of:?}"
                );
            }
            assert_ne!(chinese, english);
        }
    }
}

//! All that is said of a finding, put together in one language.

mod commands;
mod find;
mod remedy;
mod shown;
mod snippets;
mod texts;

pub(super) use self::find::about;
pub(crate) use self::find::{beginning_with, titled};
use model::{Code, HostPort, ServerName};

use super::api::Help;
use crate::{
    findings::words::{fix, meaning},
    i18n::Locale,
};

/// What is said of a finding. Commands are for `server`, if it has a name.
pub(super) fn help(code: Code, server: Option<&HostPort>, locale: Locale) -> Help {
    // A name alone can be asked for in a handshake, and looked up.
    let server = server.filter(|server| matches!(server.host, ServerName::Dns(_)));
    let commands = commands::commands(code, server);
    Help {
        what: texts::what(code, locale).to_owned(),
        meaning: meaning(code, locale).into_owned(),
        shown: shown::shown(code),
        look: texts::look(code, locale).to_owned(),
        placeholder: commands.iter().any(|command| command.contains(commands::HOST)),
        commands,
        fix: fix(code, locale).into_owned(),
        remedies: remedy::remedies(code, locale),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_finding_has_all_of_its_texts_in_both_languages() {
        for code in Code::ALL {
            let [chinese, english] = [Locale::zh_CN, Locale::en].map(|locale| help(*code, None, locale));
            assert_ne!(chinese.what, english.what, "{code}");
            assert_ne!(chinese.look, english.look, "{code}");
            assert_eq!((&chinese.commands, &chinese.shown), (&english.commands, &english.shown), "{code}");
            for help in [&chinese, &english] {
                let of_servers = help.remedies.iter().flat_map(|remedy| &remedy.servers).map(|server| &server.words);
                let intros = help.remedies.iter().map(|remedy| &remedy.intro);
                for text in [&help.what, &help.look].into_iter().chain(intros).chain(of_servers) {
                    assert!(!text.is_empty(), "{code}");
                    assert_eq!(text.matches('`').count() % 2, 0, "{code}: {text}");
                }
            }
        }
    }

    #[test]
    fn what_is_mended_on_a_server_has_a_remedy_for_each_kind_of_server() {
        for code in Code::ALL {
            let help = help(*code, None, Locale::en);
            let of_server = [Code::NetRefused, Code::NetSomeAddressesFail].contains(code);
            let mended_elsewhere =
                !of_server && ["rule.", "icp.", "dns.", "net."].iter().any(|of| code.as_str().starts_with(of));
            let nothing_to_mend = [Code::CertChanged, Code::CertRevocationUnknown, Code::TrustJava].contains(code);
            assert_eq!(help.remedies.is_empty(), mended_elsewhere || nothing_to_mend, "{code}");
            assert!(help.remedies.iter().all(|remedy| remedy.servers.len() == 8), "{code}");
        }
    }

    #[test]
    fn commands_name_the_server_and_an_address_is_none() {
        let server: HostPort = "api.example.com:8443".parse().unwrap();
        let for_server = help(Code::ChainIncomplete, Some(&server), Locale::en);
        let asks = "openssl s_client -connect api.example.com:8443 -servername api.example.com </dev/null";
        assert_eq!(for_server.commands.first().map(String::as_str), Some(asks));
        assert!(!for_server.placeholder);
        let address = "192.0.2.1:443".parse().unwrap();
        let for_nobody = help(Code::ChainIncomplete, Some(&address), Locale::en);
        assert_eq!(for_nobody, help(Code::ChainIncomplete, None, Locale::en));
        assert!(for_nobody.placeholder);
    }
}

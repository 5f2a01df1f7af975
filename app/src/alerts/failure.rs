//! Why a mail did not go out, in words.

use model::alerts::MailFailure;

use crate::i18n::*;

/// The code in the reader's language, with what was said in the words of whoever said it.
pub fn failure_words(failure: &MailFailure, locale: Locale) -> String {
    match failure {
        MailFailure::NotFound { server, said } => {
            td_string!(locale, alerts.failure.not_found, server = server.to_string(), said = said.as_str())
        }
        MailFailure::NotAllowed { server, address } => {
            td_string!(locale, alerts.failure.not_allowed, server = server.to_string(), address = address.to_string())
        }
        MailFailure::Connection { said } => td_string!(locale, alerts.failure.connection, said = said.as_str()),
        MailFailure::Tls { said } => td_string!(locale, alerts.failure.tls, said = said.as_str()),
        MailFailure::Slow { seconds } => td_string!(locale, alerts.failure.slow, seconds = *seconds),
        MailFailure::Refused { status: Some(status), said } => {
            td_string!(locale, alerts.failure.refused_status, status = *status, said = said.as_str())
        }
        MailFailure::Refused { status: None, said } => {
            td_string!(locale, alerts.failure.refused, said = said.as_str())
        }
        MailFailure::Earlier { said } => said.clone(),
        MailFailure::Protocol { said } => td_string!(locale, alerts.failure.protocol, said = said.as_str()),
        MailFailure::Unwritable { said } => td_string!(locale, alerts.failure.unwritable, said = said.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_told_in_the_reader_s_language_and_what_was_said_as_it_was() {
        let failure = MailFailure::Refused { status: Some(550), said: "no such mailbox here".to_owned() };
        assert_eq!(failure_words(&failure, Locale::en), "The mail server refused (550): no such mailbox here");
        assert_eq!(failure_words(&failure, Locale::zh_CN), "邮件服务器拒收（550）：no such mailbox here");
        let failure = MailFailure::Slow { seconds: 40 };
        assert_eq!(failure_words(&failure, Locale::zh_CN), "邮件服务器未能在 40 秒内完成处理。");
    }
}

//! Why a mail did not go out, in words.

use model::alerts::{MailFailure, Obstacle};

use crate::i18n::*;

/// The code in the reader's language, with what was said in the words of whoever said it.
pub fn failure_words(failure: &MailFailure, locale: Locale) -> String {
    match failure {
        MailFailure::NotFound { server, .. } => {
            td_string!(locale, alerts.failure.not_found, server = server.to_string())
        }
        MailFailure::NotAllowed { server, address } => {
            td_string!(locale, alerts.failure.not_allowed, server = server.to_string(), address = address.to_string())
        }
        MailFailure::Hindered { at, why } => {
            td_string!(locale, alerts.failure.hindered, at = at.to_string(), why = obstacle_words(*why, locale))
        }
        MailFailure::Connection { said } => td_string!(locale, alerts.failure.connection, said = said.as_str()),
        MailFailure::Tls { said } => td_string!(locale, alerts.failure.tls, said = said.as_str()),
        MailFailure::Slow { seconds, at: Some(at) } => {
            td_string!(locale, alerts.failure.slow_at, at = at.to_string(), seconds = *seconds)
        }
        MailFailure::Slow { seconds, at: None } => td_string!(locale, alerts.failure.slow, seconds = *seconds),
        MailFailure::LogIn { status, said } => {
            td_string!(locale, alerts.failure.log_in, status = *status, said = said.as_str())
        }
        MailFailure::Refused { status: Some(status @ 400..=499), said } => {
            td_string!(locale, alerts.failure.refused_for_now, status = *status, said = said.as_str())
        }
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

fn obstacle_words(obstacle: Obstacle, locale: Locale) -> &'static str {
    match obstacle {
        Obstacle::Refused => td_string!(locale, alerts.obstacle.refused),
        Obstacle::Silent => td_string!(locale, alerts.obstacle.silent),
        Obstacle::NoGreeting => td_string!(locale, alerts.obstacle.no_greeting),
        Obstacle::NoRoute => td_string!(locale, alerts.obstacle.no_route),
        Obstacle::Closed => td_string!(locale, alerts.obstacle.closed),
        Obstacle::NoTls => td_string!(locale, alerts.obstacle.no_tls),
        Obstacle::NoStarttls => td_string!(locale, alerts.obstacle.no_starttls),
        Obstacle::WantsStarttls => td_string!(locale, alerts.obstacle.wants_starttls),
        Obstacle::Untrusted => td_string!(locale, alerts.obstacle.untrusted),
        Obstacle::Expired => td_string!(locale, alerts.obstacle.expired),
        Obstacle::NotYetValid => td_string!(locale, alerts.obstacle.not_yet_valid),
        Obstacle::WrongName => td_string!(locale, alerts.obstacle.wrong_name),
        Obstacle::NoLogIn => td_string!(locale, alerts.obstacle.no_log_in),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_code_is_told_in_the_reader_s_language_and_what_was_said_as_it_was() {
        let failure = MailFailure::Refused { status: Some(550), said: "no such mailbox here".to_owned() };
        for (locale, words) in [
            (
                Locale::en,
                "The mail server refused the mail or one of its addresses. It says (550): “no such mailbox here”",
            ),
            (Locale::zh_CN, "邮件服务器拒收这封邮件，或不接受其发件人或收件人，应答（550）：“no such mailbox here”"),
        ] {
            assert_eq!(failure_words(&failure, locale), words);
        }
        // Whoever is refused for now may have done nothing wrong.
        let failure = MailFailure::Refused { status: Some(454), said: "not just now".to_owned() };
        for (locale, words) in [
            (Locale::en, "The mail server refuses for now. It says (454): “not just now”"),
            (Locale::zh_CN, "邮件服务器暂时拒绝，应答（454）：“not just now”"),
        ] {
            assert_eq!(failure_words(&failure, locale), words);
        }
        let slow = |at| MailFailure::Slow { seconds: 40, at };
        assert_eq!(failure_words(&slow(None), Locale::zh_CN), "邮件服务器未能在 40 秒内完成处理。");
        let at = Some("smtp.example.com:587".parse().unwrap());
        assert_eq!(
            failure_words(&slow(at), Locale::en),
            "No mail can be handed in at smtp.example.com:587: it answers, but did not finish within 40 s."
        );
    }

    #[test]
    fn what_is_known_to_stand_in_the_way_is_told_without_a_word_of_the_system() {
        let failure = |why| MailFailure::Hindered { at: "smtp.example.com:465".parse().unwrap(), why };
        for (why, english, chinese) in [
            (
                Obstacle::Expired,
                "No mail can be handed in at smtp.example.com:465: its certificate has expired.",
                "邮件无法交给 smtp.example.com:465：其证书已过期。",
            ),
            (
                Obstacle::WantsStarttls,
                "No mail can be handed in at smtp.example.com:465: this server wants STARTTLS. Choose STARTTLS.",
                "邮件无法交给 smtp.example.com:465：该服务器要求使用 STARTTLS，请改选 STARTTLS。",
            ),
            (
                Obstacle::NoTls,
                "No mail can be handed in at smtp.example.com:465: this port does not speak TLS. Choose STARTTLS \
                 (usual at port 587) or none, or another port (465 is usual for TLS).",
                "邮件无法交给 smtp.example.com:465：该端口不使用 TLS。请改选 STARTTLS（通常为 587 端口）或“无”，\
                 或更换端口（TLS 通常为 465 端口）。",
            ),
        ] {
            assert_eq!(failure_words(&failure(why), Locale::en), english);
            assert_eq!(failure_words(&failure(why), Locale::zh_CN), chinese);
        }
        let server = "smtp.example.com".parse().unwrap();
        let failure = MailFailure::NotFound { server, said: "failed to lookup address information".to_owned() };
        for locale in [Locale::en, Locale::zh_CN] {
            assert!(!failure_words(&failure, locale).contains("failed to lookup"));
        }
    }
}

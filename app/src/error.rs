//! The one error that crosses the wire, and its words.

use leptos::prelude::*;
use model::{
    drafts::DRAFTS_MOST,
    host::HostError,
    limits::Limit,
    service::{Field, Problem, ServiceError},
    settings::{AT_ONCE, EVERY_HOURS, STALE_AFTER_DAYS},
};
use serde::{Deserialize, Serialize};

use crate::{alerts::failure::failure_words, findings::words::title, i18n::*, wire::JsonText};

/// Why a server function did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// Nobody is logged in.
    #[error("log in first")]
    Unauthenticated,
    /// The person's role lacks the right.
    #[error("a permission is missing")]
    Forbidden,
    /// What was named is not there, or not any more.
    #[error("not found")]
    NotFound,
    /// What a person sent cannot be accepted.
    #[error("refused: {0:?}")]
    Refused(Wrong),
    /// Somebody else changed the same thing in between.
    #[error("changed by somebody else in between")]
    Conflict,
    /// Too many attempts.
    #[error("too many attempts, try again in {retry_after_seconds} s")]
    RateLimited {
        /// How long to wait.
        retry_after_seconds: u64,
    },
    /// Hufu is at fault; the log has the details under this reference.
    #[error("internal error, reference {reference}")]
    Internal {
        /// Finds the log line.
        reference: String,
    },
    /// The call could not be read.
    #[error("request: {detail}")]
    Request {
        /// What was wrong with it, for whoever looks at the wire.
        detail: String,
        /// Where the browser's half of the server that says so is; empty where the browser itself does.
        assets: String,
    },
    /// The call did not reach the server, or its answer did not come back whole.
    #[error("transport: {0}")]
    Transport(String),
}

/// What is wrong with the fields of a form, as JSON until a form asks for it: all that can be wrong with any form, and the
/// words for that, are nothing that every page has to load (docs/decisions/0009).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wrong(String);

impl Wrong {
    fn of(fields: &[(Field, Problem)]) -> Self {
        Self(serde_json::to_string(fields).unwrap_or_default())
    }

    /// None where a server of another version knows of what this page does not.
    fn fields(&self) -> Option<Vec<(Field, Problem)>> {
        serde_json::from_str(&self.0).ok()
    }
}

impl From<ServiceError> for AppError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unauthenticated => Self::Unauthenticated,
            ServiceError::Forbidden(_) => Self::Forbidden,
            ServiceError::NotFound => Self::NotFound,
            ServiceError::Invalid { field, problem } => Self::Refused(Wrong::of(&[(field, problem)])),
            ServiceError::InvalidFields(wrong) => Self::Refused(Wrong::of(&wrong)),
            ServiceError::Conflict => Self::Conflict,
            ServiceError::RateLimited { retry_after_seconds } => Self::RateLimited { retry_after_seconds },
            ServiceError::Internal { reference } => Self::Internal { reference },
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::unreadable(&error),
            // On the server it is the call that could not be read, in the browser the answer.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => Self::unreadable(&error),
            // In the browser it is what a form holds, on the server what was to be answered.
            ServerFnErrorErr::Serialization(_) if cfg!(not(feature = "ssr")) => Self::unreadable(&error),
            _ => Self::Transport(error.to_string()),
        }
    }
}

impl AppError {
    fn unreadable(error: &ServerFnErrorErr) -> Self {
        Self::Request { detail: error.to_string(), assets: own_assets() }
    }

    /// What is wrong with `field`, if this error is about it.
    pub fn problem(&self, field: Field) -> Option<Problem> {
        self.wrong()?.into_iter().find_map(|(at, problem)| (at == field).then_some(problem))
    }

    fn wrong(&self) -> Option<Vec<(Field, Problem)>> {
        if let Self::Refused(wrong) = self { wrong.fields() } else { None }
    }

    /// The error in words, in the reader's language.
    pub fn words(&self, locale: Locale) -> String {
        self.words_apart_from(&[], locale).unwrap_or_default()
    }

    /// The same for those who read beside these fields what is wrong with them; none where nothing is left.
    pub fn words_apart_from(&self, fields: &[Field], locale: Locale) -> Option<String> {
        let Some(wrong) = self.wrong() else { return Some(self.words_of_page(locale)) };
        let rest = wrong.iter().filter(|(field, _)| !fields.contains(field));
        let words: Vec<_> = rest.map(|(field, problem)| problem_words(*field, problem, locale)).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The same where no form is, which every page has: of what was refused it says that it could not be read. What is wrong
    /// with which field is told in forms alone.
    pub fn words_of_page(&self, locale: Locale) -> String {
        match self {
            Self::Unauthenticated => td_string!(locale, common.error.unauthenticated).to_owned(),
            Self::Forbidden => td_string!(locale, common.error.forbidden).to_owned(),
            Self::NotFound => td_string!(locale, common.error.not_found).to_owned(),
            Self::Conflict => td_string!(locale, common.error.conflict).to_owned(),
            Self::RateLimited { retry_after_seconds } => {
                td_string!(locale, common.error.rate_limited, seconds = *retry_after_seconds)
            }
            Self::Internal { reference } => {
                td_string!(locale, common.error.internal, reference = reference.as_str())
            }
            Self::Request { assets, .. } if is_of_another_build(assets) => {
                td_string!(locale, common.error.upgraded).to_owned()
            }
            Self::Refused(_) | Self::Request { .. } => td_string!(locale, common.error.request).to_owned(),
            Self::Transport(_) => td_string!(locale, common.error.unreachable).to_owned(),
        }
    }
}

/// Where the browser's half of this server is: another build has it elsewhere.
#[cfg(feature = "ssr")]
fn own_assets() -> String {
    use_context::<crate::context::Assets>().map(|assets| assets.base.to_string()).unwrap_or_default()
}

/// No server speaks here.
#[cfg(not(feature = "ssr"))]
const fn own_assets() -> String {
    String::new()
}

/// The server draws a page for what it has itself refused.
#[cfg(feature = "ssr")]
const fn is_of_another_build(_: &str) -> bool {
    false
}

/// Whether a server that has its assets there has taken the place of the one that the page came from.
#[cfg(not(feature = "ssr"))]
fn is_of_another_build(assets: &str) -> bool {
    let own = document().document_element().and_then(|root| root.get_attribute("data-assets"));
    !assets.is_empty() && own.is_some_and(|own| own != assets)
}

/// What was typed into a field, as the type that it is for.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is empty or malformed.
pub fn accept<T: std::str::FromStr>(field: Field, typed: &str) -> Result<T, ServiceError> {
    accept_some(field, typed)?.ok_or(ServiceError::invalid(field, Problem::Empty))
}

/// The same for a field that may be empty.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is malformed.
pub fn accept_some<T: std::str::FromStr>(field: Field, typed: &str) -> Result<Option<T>, ServiceError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| ServiceError::invalid(field, Problem::Malformed)),
    }
}

/// The same for a limit of a mini program.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is empty or malformed, or not within its bounds.
pub fn accept_limit(limit: Limit, typed: &str) -> Result<u32, ServiceError> {
    accept(Field::Limit(limit), typed).and_then(|number| limit.check(number).map_err(ServiceError::from))
}

/// The same for a name or an address, which may also be too long.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is malformed or longer than DNS permits.
pub fn accept_name<T: std::str::FromStr<Err = HostError>>(
    field: Field,
    typed: &str,
) -> Result<Option<T>, ServiceError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|error| ServiceError::invalid(field, name_problem(error))),
    }
}

/// What is wrong with what is no name.
pub fn name_problem(error: HostError) -> Problem {
    match (error, error.length()) {
        (HostError::LabelTooLong { .. }, Some((_, most))) => Problem::PartTooLong { most },
        (_, Some((_, most))) => Problem::TooLong { most },
        (_, None) => Problem::Malformed,
    }
}

/// What is wrong with a field, in words.
pub fn problem_words(field: Field, problem: &Problem, locale: Locale) -> String {
    match (problem, field) {
        (Problem::Empty, Field::Selection) => td_string!(locale, common.problem.nothing_selected).to_owned(),
        (Problem::Empty, Field::FixedAddresses) => td_string!(locale, tools.file.no_route).to_owned(),
        (Problem::Empty, _) => td_string!(locale, common.problem.empty).to_owned(),
        (Problem::TooShort { least }, _) => td_string!(locale, common.problem.too_short, least = *least),
        (Problem::Character(character), _) => td_string!(locale, common.problem.character, character = *character),
        (Problem::Malformed, Field::AppId) => td_string!(locale, common.problem.malformed_app_id).to_owned(),
        (Problem::Malformed, Field::IcpNumber) => td_string!(locale, common.problem.malformed_icp).to_owned(),
        (Problem::Malformed, Field::Recipient | Field::MailSender) => {
            td_string!(locale, common.problem.malformed_email).to_owned()
        }
        (Problem::Malformed, Field::MailHost) => td_string!(locale, common.problem.malformed_host).to_owned(),
        (Problem::Malformed, Field::MailPort) => td_string!(locale, common.problem.malformed_port).to_owned(),
        (Problem::Malformed, Field::PublicUrl) => td_string!(locale, common.problem.malformed_public_url).to_owned(),
        (Problem::Malformed, Field::Owner) => td_string!(locale, programs.owner.unknown).to_owned(),
        (Problem::TooLong { most }, Field::Tags) => td_string!(locale, programs.tags.too_long, most = *most),
        (Problem::TooLong { most }, _) => td_string!(locale, common.problem.too_long, most = *most),
        (Problem::PartTooLong { most }, _) => td_string!(locale, common.problem.part_too_long, most = *most),
        (Problem::Malformed, Field::IcpDate) => td_string!(locale, common.problem.malformed_date).to_owned(),
        (Problem::Malformed, Field::Tags) => td_string!(locale, common.problem.malformed_tag).to_owned(),
        (Problem::Malformed, Field::ServerName | Field::Host) => {
            td_string!(locale, common.problem.malformed_server_name).to_owned()
        }
        (Problem::Malformed, Field::FileName) => td_string!(locale, tools.file.malformed_name).to_owned(),
        (Problem::Malformed, Field::FileContent) => td_string!(locale, tools.file.malformed_content).to_owned(),
        (Problem::Malformed, Field::ProbeEvery) => {
            let (least, most) = (*EVERY_HOURS.start(), *EVERY_HOURS.end());
            td_string!(locale, common.problem.whole_hours, least = least, most = most)
        }
        (Problem::Malformed, Field::AtOnce) => {
            let (least, most) = (*AT_ONCE.start(), *AT_ONCE.end());
            td_string!(locale, common.problem.whole_number, least = least, most = most)
        }
        (Problem::Malformed, Field::StaleAfter) => {
            let (least, most) = (*STALE_AFTER_DAYS.start(), *STALE_AFTER_DAYS.end());
            td_string!(locale, common.problem.whole_number, least = least, most = most)
        }
        (Problem::Malformed, Field::Limit(limit)) => {
            let (least, most) = limit.bounds();
            td_string!(locale, common.problem.whole_number, least = least, most = most)
        }
        (Problem::Malformed, _) => td_string!(locale, common.problem.malformed).to_owned(),
        (Problem::OutOfRange { least, most }, _) => {
            td_string!(locale, common.problem.out_of_range, least = *least, most = *most)
        }
        (Problem::NoCertificates(why), _) => crate::tools::words::no_certificates(*why, locale),
        (Problem::Gone, _) => td_string!(locale, common.problem.gone, most = DRAFTS_MOST),
        (Problem::Unconfirmed, _) => td_string!(locale, common.problem.unconfirmed).to_owned(),
        (Problem::InFuture, _) => td_string!(locale, common.problem.in_future).to_owned(),
        (Problem::Taken, _) => td_string!(locale, common.problem.taken).to_owned(),
        (Problem::GuessedFirst, _) => td_string!(locale, common.problem.guessed_first).to_owned(),
        (Problem::Different, _) => td_string!(locale, common.problem.different).to_owned(),
        (Problem::WrongCredentials, Field::CurrentPassword) => {
            td_string!(locale, common.problem.wrong_password).to_owned()
        }
        (Problem::LastAdministrator, _) => td_string!(locale, common.problem.last_administrator).to_owned(),
        (Problem::ShutOut, _) => td_string!(locale, common.problem.shut_out).to_owned(),
        (Problem::WrongCredentials, _) => td_string!(locale, common.problem.wrong_credentials).to_owned(),
        (Problem::LinkInvalid, _) => td_string!(locale, common.problem.link_invalid).to_owned(),
        (Problem::AgainstRules { code, suggestion: None }, _) => title(*code, locale).to_owned(),
        (Problem::AgainstRules { code, suggestion: Some(suggestion) }, _) => {
            let title = title(*code, locale);
            td_string!(locale, common.problem.against_rules, title = title, suggestion = suggestion.as_str())
        }
        (Problem::TooMany { most }, Field::Tags) => td_string!(locale, common.problem.too_many_tags, most = *most),
        (Problem::TooMany { most }, _) => td_string!(locale, common.problem.too_many, most = *most),
        (Problem::NotAnAddress { typed }, _) => {
            td_string!(locale, common.problem.not_an_address, typed = typed.as_str())
        }
        (Problem::AddressNotAllowed { address }, _) => {
            td_string!(locale, common.problem.address_not_allowed, address = address.to_string())
        }
        (Problem::Wildcard, _) => td_string!(locale, common.problem.wildcard).to_owned(),
        (Problem::Unprotected, _) => td_string!(locale, common.problem.unprotected).to_owned(),
        (Problem::NoNetwork(word), _) => td_string!(locale, common.problem.no_range, word = word.as_str()),
        (Problem::HostBits { range, network, address }, _) => {
            let (range, network, address) = (range.as_str(), network.as_str(), address.as_str());
            td_string!(locale, common.problem.host_bits, range = range, network = network, address = address)
        }
        (Problem::EveryAddress(range), _) => td_string!(locale, common.problem.every_address, range = range.as_str()),
        (Problem::MailNotTaken(failure), _) => failure_words(failure, locale),
        (Problem::LinesRefused { count }, _) => td_string!(locale, common.problem.lines_refused, count = *count),
    }
}

#[cfg(test)]
mod tests {
    use model::{Host, ServerName};

    use super::*;

    fn said<T>(field: Field, refused: Result<T, ServiceError>, locale: Locale) -> Option<String> {
        refused.err().map(|error| {
            let error = AppError::from(error);
            error.problem(field).map_or_else(String::new, |problem| problem_words(field, &problem, locale))
        })
    }

    #[test]
    fn what_cannot_be_read_is_told_in_no_programmer_s_words() {
        let said = |error, locale| AppError::from_server_fn_error(error).words(locale);
        let detail = || "unknown variant `x`".to_owned();
        for locale in [Locale::en, Locale::zh_CN] {
            let unread = td_string!(locale, common.error.request);
            for error in [ServerFnErrorErr::Args(detail()), ServerFnErrorErr::Deserialization(detail())] {
                assert_eq!(said(error, locale), unread);
            }
            let unanswered = td_string!(locale, common.error.unreachable);
            assert_eq!(said(ServerFnErrorErr::Request(detail()), locale), unanswered);
        }
    }

    #[test]
    fn what_is_no_whole_number_is_told_which_numbers_are_meant() {
        for typed in ["1.5", "six", "-1", "99999"] {
            for (field, locale, words) in [
                (Field::ProbeEvery, Locale::en, "A whole number of hours from 1 to 168."),
                (Field::ProbeEvery, Locale::zh_CN, "请填写 1 到 168 之间的整数小时。"),
                (Field::AtOnce, Locale::en, "A whole number from 1 to 256."),
            ] {
                let refused = accept_some::<u16>(field, typed);
                assert_eq!(said(field, refused, locale).as_deref(), Some(words), "{typed}");
            }
        }
        for (limit, typed, words) in [
            (Limit::PerList, "1.5", "A whole number from 20 to 200."),
            (Limit::Prefetch, "x", "A whole number from 1 to 100."),
            (Limit::Business, "0", "Between 1 and 1000."),
            (Limit::ChangesAMonth, " ", "Fill this in."),
        ] {
            let refused = said(Field::Limit(limit), accept_limit(limit, typed), Locale::en);
            assert_eq!(refused.as_deref(), Some(words), "{limit:?}");
        }
        assert_eq!(accept_some::<u16>(Field::ProbeEvery, " 6 "), Ok(Some(6)));
    }

    #[test]
    fn each_wrong_field_has_its_own_problem_and_the_rest_stands_above() {
        let wrong = [(Field::MailHost, Problem::Malformed), (Field::MailPort, Problem::Empty)];
        let error = AppError::from(ServiceError::InvalidFields(wrong.to_vec()));
        assert_eq!(error.problem(Field::MailHost), Some(Problem::Malformed));
        assert_eq!(error.problem(Field::MailPort), Some(Problem::Empty));
        assert_eq!(error.problem(Field::MailSender), None);
        let rest = |fields: &[Field]| error.words_apart_from(fields, Locale::en);
        assert_eq!(rest(&[Field::MailHost, Field::MailPort]), None);
        let of_port = problem_words(Field::MailPort, &Problem::Empty, Locale::en);
        assert_eq!(rest(&[Field::MailHost]), Some(of_port.clone()));
        let of_host = problem_words(Field::MailHost, &Problem::Malformed, Locale::en);
        assert_eq!(error.words(Locale::en), format!("{of_host} {of_port}"));
        let other = AppError::Conflict;
        assert_eq!(other.words_apart_from(&[Field::MailHost], Locale::en), Some(other.words(Locale::en)));
    }

    #[test]
    fn what_is_wrong_crosses_the_wire_though_only_forms_read_it() {
        let problem = Problem::AgainstRules { code: model::Code::ChainIncomplete, suggestion: Some("a".to_owned()) };
        let error = AppError::from(ServiceError::invalid(Field::Entries, problem.clone()));
        let sent = serde_json::to_string(&error).unwrap_or_default();
        let came: Option<AppError> = serde_json::from_str(&sent).ok();
        assert_eq!(came.and_then(|error| error.problem(Field::Entries)), Some(problem));
        // Of a server that knows more.
        let unknown = AppError::Refused(Wrong("[[\"entries\",\"haunted\"]]".to_owned()));
        assert_eq!(unknown.problem(Field::Entries), None);
        assert_eq!(unknown.words(Locale::en), td_string!(Locale::en, common.error.request));
    }

    #[test]
    fn a_name_that_is_too_long_is_not_called_malformed() {
        let long = format!("{0}.{0}.{0}.{0}", "a".repeat(63));
        let refused = accept_name::<ServerName>(Field::Host, &long);
        assert_eq!(said(Field::Host, refused, Locale::en).as_deref(), Some("At most 253 characters."));
        let refused = accept_name::<ServerName>(Field::Host, &format!("{}.example.com", "a".repeat(64)));
        let words = "At most 63 characters between two dots, as DNS writes them.";
        assert_eq!(said(Field::Host, refused, Locale::en).as_deref(), Some(words));
        let malformed = Err(ServiceError::invalid(Field::ServerName, Problem::Malformed));
        assert_eq!(accept_name::<Host>(Field::ServerName, "not a name"), malformed);
        assert_eq!(accept_name::<Host>(Field::ServerName, " "), Ok(None));
    }
}

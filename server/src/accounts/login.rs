//! Log-in names: one spelling for everything that looks the same.

use model::{
    accounts::{LOGIN_MOST, is_in_login},
    service::{Field, Problem, ServiceError},
};
use unicode_normalization::UnicodeNormalization as _;

/// The name in the form it is stored and looked up in.
pub(super) fn normalise(typed: &str) -> String {
    // A longer name is nobody's; a bound before the work keeps the work bounded.
    let bounded: String = typed.trim().chars().take(LOGIN_MOST + 1).collect();
    bounded.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// The normalised name, if a person may have it.
pub(super) fn accept(typed: &str) -> Result<String, ServiceError> {
    let login = normalise(typed);
    let refuse = |problem| Err(ServiceError::invalid(Field::Login, problem));
    if login.is_empty() {
        return refuse(Problem::Empty);
    }
    if typed.trim().chars().count() > LOGIN_MOST || login.chars().count() > LOGIN_MOST {
        return refuse(Problem::TooLong { most: LOGIN_MOST });
    }
    match login.chars().find(|character| !is_in_login(*character)) {
        Some(character) => refuse(Problem::Character(character)),
        None => Ok(login),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same_name() {
        for (typed, stored) in [
            (" Li.Lei ", "li.lei"),
            ("ＬＩＬＥＩ", "lilei"),
            ("Jose\u{301}", "josé"),
            ("李雷", "李雷"),
            ("ops@example.com", "ops@example.com"),
        ] {
            assert_eq!(accept(typed).as_deref(), Ok(stored), "{typed:?}");
        }
    }

    #[test]
    fn a_name_has_no_spaces_and_nothing_invisible() {
        let long = "a".repeat(LOGIN_MOST + 1);
        for (typed, problem) in [
            ("", Problem::Empty),
            (" \t", Problem::Empty),
            ("li lei", Problem::Character(' ')),
            ("li\u{200b}lei", Problem::Character('\u{200b}')),
            ("li\nlei", Problem::Character('\n')),
            (&long, Problem::TooLong { most: LOGIN_MOST }),
            // One character that stands for eighteen.
            (&"\u{fdfa}".repeat(LOGIN_MOST), Problem::TooLong { most: LOGIN_MOST }),
        ] {
            assert_eq!(accept(typed), Err(ServiceError::invalid(Field::Login, problem)), "{typed:?}");
        }
    }
}

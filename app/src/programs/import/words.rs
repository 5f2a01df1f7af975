//! The words of an import: formats, and what is wrong with a text.

use model::programs::import::{ENTRIES_MOST, Format, IMPORT_MOST, ImportError, Place, Why};

use crate::i18n::*;

/// What kind of text it is.
pub(super) fn format_words(format: Format, locale: Locale) -> &'static str {
    match format {
        Format::Wechat => td_string!(locale, programs.import.formats.wechat),
        Format::Csv => td_string!(locale, programs.import.formats.csv),
        Format::Lines => td_string!(locale, programs.import.formats.lines),
    }
}

/// Why nothing of a text can be read, and what to do.
pub(super) fn error_words(error: &ImportError, locale: Locale) -> String {
    match error {
        ImportError::Empty => td_string!(locale, programs.import.error.empty).to_owned(),
        ImportError::TooLarge => {
            td_string!(locale, programs.import.error.too_large, most = IMPORT_MOST / 1024 / 1024)
        }
        ImportError::TooMany => td_string!(locale, programs.import.error.too_many, most = ENTRIES_MOST),
        ImportError::Json { line, column } => {
            td_string!(locale, programs.import.error.json, line = *line, column = *column)
        }
        ImportError::Wechat { code } => td_string!(locale, programs.import.error.wechat, code = *code),
        ImportError::NoList => td_string!(locale, programs.import.error.no_list).to_owned(),
        ImportError::NotTexts(field) => td_string!(locale, programs.import.error.not_texts, field = field.as_str()),
        ImportError::Column(column) => td_string!(locale, programs.import.error.column, column = column.as_str()),
        ImportError::Quote(line) => td_string!(locale, programs.import.error.quote, line = *line),
    }
}

/// Where something stands in the text.
pub(super) fn place_words(place: &Place, locale: Locale) -> String {
    match place {
        Place::Line(line) => td_string!(locale, programs.import.line, line = *line),
        Place::Field(field) => field.clone(),
    }
}

/// Why a part of the text is left out.
pub(super) fn why_words(why: &Why, locale: Locale) -> String {
    match why {
        Why::AppId(told) => td_string!(locale, programs.import.why.app_id, told = told.as_str()),
        Why::List(told) if told.is_empty() => td_string!(locale, programs.import.why.no_list).to_owned(),
        Why::List(told) => td_string!(locale, programs.import.why.list, told = told.as_str()),
        Why::NoEntry => td_string!(locale, programs.import.why.no_entry).to_owned(),
        Why::NoProgram => td_string!(locale, programs.import.why.no_program).to_owned(),
        Why::Name(told) => td_string!(locale, programs.import.why.name, told = told.as_str()),
        Why::OtherName { told, known } => {
            td_string!(locale, programs.import.why.other_name, told = told.as_str(), known = known.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_place_and_what_to_do() {
        for (error, words) in [
            (ImportError::Json { line: 3, column: 7 }, "line 3, column 7"),
            (ImportError::Column("api".to_owned()), "“api”"),
            (ImportError::NotTexts("requestdomain[2]".to_owned()), "requestdomain[2]"),
            (ImportError::Wechat { code: 48001 }, "48001"),
            (ImportError::TooLarge, "1 MB"),
        ] {
            let told = error_words(&error, Locale::en);
            assert!(told.contains(words), "{told}");
        }
    }
}

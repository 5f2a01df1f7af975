//! Exports of a list: the links to them, and what they say in the reader's language. The server
//! writes the files.

use std::str::FromStr;

use leptos::prelude::*;
use model::finding::UnknownWord;

use crate::{i18n::*, preferences::use_locale, words};

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values for a spreadsheet, in UTF-8 with a byte order mark.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// One JSON object a line, for programs.
    JsonLines,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::JsonLines];

    /// The word used in a URL, and the ending of the file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "jsonl",
        }
    }

    /// What people call it, in any language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Xlsx => "Excel",
            Self::JsonLines => "JSON Lines",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|format| format.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What is said of a format that is none.
pub fn choose_format(locale: Locale) -> &'static str {
    td_string!(locale, exports.choose_format)
}

/// What is said of filters of the address that are not understood.
pub fn filters_not_understood(filters: Vec<String>, locale: Locale) -> String {
    td_string!(locale, exports.not_understood, values = words::join(filters, locale))
}

/// Where a list is exported: its path and query, all pages of it.
pub fn link(list: &str, format: Format) -> String {
    let (path, query) = list.split_once('?').map_or((list, None), |(path, query)| (path, Some(query)));
    let format = format.as_str();
    match query {
        Some(query) => format!("{path}/export?format={format}&{query}"),
        None => format!("{path}/export?format={format}"),
    }
}

/// The ways to take a list along.
#[component]
pub fn ExportLinks(
    /// Path and query of the list, without its page.
    list: String,
    /// What is exported, where it is not the rows of the list.
    #[prop(optional)]
    label: Option<&'static str>,
) -> impl IntoView {
    let locale = use_locale();
    let label = label.unwrap_or(td_string!(locale, exports.export));
    let links = Format::ALL.map(|format| {
        // The router leaves alone what is external, and so the browser saves it.
        view! { <a class="link" href=link(&list, format) download rel="external">{format.name()}</a> }
    });
    view! {
        <span class="flex flex-wrap gap-x-3" role="group" aria-labelledby="export">
            <span id="export">{label}</span>
            {links.into_iter().collect_view()}
        </span>
    }
}

/// The heads of the columns of an export, in the order in which the server writes them.
macro_rules! headings {
    ($(#[$doc:meta])* $function:ident: $($key:ident),+) => {
        $(#[$doc])*
        pub fn $function(locale: Locale) -> Vec<&'static str> {
            vec![$(td_string!(locale, exports.column.$key)),+]
        }
    };
}

headings! {
    /// Of the audit log.
    audit_headings: id, at, person, action, code, object, name, before, after
}

headings! {
    /// Of the endpoints.
    endpoint_headings: endpoint, result, ios, macos, android, windows, worst, worst_code, tls_version, issuer,
    not_after, probed_at, programs, tags, fixed_addresses, sni
}

headings! {
    /// Of the domain inventory.
    inventory_headings: program, app_id, list, entry, domain, icp, icp_number, result, ios, macos, android, windows,
    endpoint, endpoint_result, not_after, probed_at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_keeps_the_filter_of_its_list() {
        assert_eq!(link("/audit", Format::Csv), "/audit/export?format=csv");
        assert_eq!(link("/audit?q=a%26b&by=hufu", Format::JsonLines), "/audit/export?format=jsonl&q=a%26b&by=hufu");
    }

    #[test]
    fn every_format_reads_back_from_its_word() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert!("pdf".parse::<Format>().is_err() && "CSV".parse::<Format>().is_err());
    }
}

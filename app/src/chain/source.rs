//! Where a chain comes from that is drawn or judged: what a server sends and what a file holds is not said in the
//! same words.

use leptos::prelude::*;

use super::layout::Aside;
use crate::i18n::*;

/// Where the certificates come from. A drawing is told so, and whoever puts findings into words by their `Reader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A server has sent them.
    Server,
    /// They stand in a file that nobody serves yet.
    File,
}

impl Source {
    /// The one of the drawing, which provides it for its cards.
    pub(super) fn here() -> Self {
        use_context().unwrap_or(Self::Server)
    }

    pub(super) fn missing_help(self, locale: Locale) -> &'static str {
        match self {
            Self::Server => td_string!(locale, words.chain.missing_help),
            Self::File => td_string!(locale, words.chain.in_file.missing_help),
        }
    }

    pub(super) fn fetched(self, url: &str, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.chain.fetched, url = url),
            Self::File => td_string!(locale, words.chain.in_file.fetched, url = url),
        }
    }

    pub(super) fn fetched_help(self, locale: Locale) -> &'static str {
        match self {
            Self::Server => td_string!(locale, words.chain.fetched_help),
            Self::File => td_string!(locale, words.chain.in_file.fetched_help),
        }
    }

    pub(super) fn whole_with_it(self, stores: &str, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.chain.whole_with_it, stores = stores),
            Self::File => td_string!(locale, words.chain.in_file.whole_with_it, stores = stores),
        }
    }

    pub(super) fn not_served(self, locale: Locale) -> &'static str {
        match self {
            Self::Server => td_string!(locale, words.chain.not_served),
            Self::File => td_string!(locale, words.chain.in_file.not_served),
        }
    }

    pub(super) fn aside(self, why: Aside, locale: Locale) -> &'static str {
        match (why, self) {
            (Aside::OtherPath, Self::Server) => td_string!(locale, words.chain.other_path),
            (Aside::OtherPath, Self::File) => td_string!(locale, words.chain.in_file.other_path),
            (Aside::Extra, Self::Server) => td_string!(locale, words.chain.not_used),
            (Aside::Extra, Self::File) => td_string!(locale, words.chain.in_file.not_used),
        }
    }

    pub(super) fn aside_title(self, why: Aside, locale: Locale) -> &'static str {
        match (why, self) {
            (Aside::OtherPath, _) => td_string!(locale, words.chain.other_path_title),
            (Aside::Extra, Self::Server) => td_string!(locale, words.chain.not_used_title),
            (Aside::Extra, Self::File) => td_string!(locale, words.chain.in_file.not_used_title),
        }
    }

    pub(super) fn wrong_position(self, number: usize, expected: usize, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.chain.wrong_position, number = number, expected = expected),
            Self::File => td_string!(locale, words.chain.in_file.wrong_position, number = number, expected = expected),
        }
    }

    pub(super) fn served_as(self, number: usize, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.chain.served_as, number = number),
            Self::File => td_string!(locale, words.chain.in_file.served_as, number = number),
        }
    }

    /// A certificate and its place among the others.
    #[cfg(feature = "ssr")]
    pub(crate) fn certificate(self, subject: &str, number: usize, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.evidence.certificate_served, subject = subject, number = number),
            Self::File => td_string!(locale, words.evidence.in_file.certificate, subject = subject, number = number),
        }
    }

    /// A certificate that is not among them.
    #[cfg(feature = "ssr")]
    pub(crate) fn other_certificate(self, subject: &str, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.evidence.certificate_not_served, subject = subject),
            Self::File => td_string!(locale, words.evidence.in_file.other_certificate, subject = subject),
        }
    }

    /// An issuer that is nowhere.
    #[cfg(feature = "ssr")]
    pub(crate) fn missing_issuer(self, issuer: &str, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.evidence.missing_issuer_value, issuer = issuer),
            Self::File => td_string!(locale, words.evidence.in_file.missing_issuer, issuer = issuer),
        }
    }

    /// What the order is called in which they come.
    #[cfg(feature = "ssr")]
    pub(crate) fn order(self, locale: Locale) -> &'static str {
        match self {
            Self::Server => td_string!(locale, words.evidence.order_served),
            Self::File => td_string!(locale, words.evidence.in_file.order),
        }
    }

    /// Why no path begins.
    pub(crate) fn unreadable(self, locale: Locale) -> &'static str {
        match self {
            Self::Server => td_string!(locale, words.no_path.unreadable),
            Self::File => td_string!(locale, words.no_path.in_file.unreadable),
        }
    }

    /// Why a path ends at this certificate.
    pub(crate) fn no_issuer(self, number: usize, locale: Locale) -> String {
        match self {
            Self::Server => td_string!(locale, words.no_path.missing_issuer, number = number),
            Self::File => td_string!(locale, words.no_path.in_file.missing_issuer, number = number),
        }
    }
}

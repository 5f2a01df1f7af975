//! The words of filings.

use model::icp::{IcpKind, IcpNumberError, IcpSource, IcpState, Standing};

use crate::i18n::*;

/// Whether a domain is filed.
pub fn state(state: IcpState, locale: Locale) -> &'static str {
    match state {
        IcpState::Filed => td_string!(locale, words.icp_state.filed),
        IcpState::NotFiled => td_string!(locale, words.icp_state.not_filed),
        IcpState::Pending => td_string!(locale, words.icp_state.pending),
        IcpState::Unknown => td_string!(locale, words.icp_state.unknown),
    }
}

/// What the record of a filing is worth.
pub fn standing(standing: Standing, locale: Locale) -> &'static str {
    match standing {
        Standing::NotFiled => td_string!(locale, words.icp_standing.not_filed),
        Standing::Stale => td_string!(locale, words.icp_standing.stale),
        Standing::Pending => td_string!(locale, words.icp_standing.pending),
        Standing::Unknown => td_string!(locale, words.icp_standing.unknown),
        Standing::Filed => td_string!(locale, words.icp_standing.filed),
    }
}

/// How the state of a filing is known.
pub fn source(source: IcpSource, locale: Locale) -> &'static str {
    match source {
        IcpSource::Typed => td_string!(locale, words.icp_source.typed),
        IcpSource::SeenOnSite => td_string!(locale, words.icp_source.seen_on_site),
        IcpSource::Wechat => td_string!(locale, words.icp_source.wechat),
        IcpSource::Lookup => td_string!(locale, words.icp_source.lookup),
    }
}

/// What an ICP number certifies.
pub fn kind(kind: &IcpKind, locale: Locale) -> String {
    match kind {
        IcpKind::Filing => td_string!(locale, words.icp_kind.filing).to_owned(),
        IcpKind::Licence => td_string!(locale, words.icp_kind.licence).to_owned(),
        IcpKind::ValueAdded(class) => td_string!(locale, words.icp_kind.value_added, class = class.as_str()),
    }
}

/// Why a text is no ICP number.
pub fn problem(error: IcpNumberError, locale: Locale) -> String {
    match error {
        IcpNumberError::Empty => td_string!(locale, icp.refusal.empty).to_owned(),
        IcpNumberError::Province(character) => td_string!(locale, icp.refusal.province, character = character),
        IcpNumberError::Digits => td_string!(locale, icp.refusal.digits).to_owned(),
        IcpNumberError::Suffix => td_string!(locale, icp.refusal.suffix).to_owned(),
        IcpNumberError::Shape => td_string!(locale, icp.refusal.shape).to_owned(),
    }
}

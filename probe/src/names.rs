//! Distinguished names as text (RFC 4514), safe to print whatever a server put into them.

use std::fmt::Write;

use x509_parser::{
    der_parser::asn1_rs::Tag,
    oid_registry::{Oid, asn1_rs::oid},
    x509::{AttributeTypeAndValue, X509Name},
};

/// `name` in the order and with the escapes of RFC 4514: most specific first, such as
/// `CN=R12,O=Let's Encrypt,C=US`. Cut off after about a thousand characters.
pub(crate) fn distinguished_name(name: &X509Name<'_>) -> String {
    let parts: Vec<_> = name.iter_rdn().take(MOST_PARTS).collect();
    let mut text = String::new();
    for (index, part) in parts.iter().rev().enumerate() {
        if index > 0 {
            text.push(',');
        }
        for (index, attribute) in part.iter().take(MOST_PARTS).enumerate() {
            if index > 0 {
                text.push('+');
            }
            push_attribute(&mut text, attribute);
            if text.len() > LONGEST {
                text.push('…');
                return text;
            }
        }
    }
    text
}

/// The last common name of `name`, as OpenSSL and browsers pick it.
pub(crate) fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().last().and_then(value).map(|value| printable(&value))
}

/// `text` without control characters and no longer than a page can show.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if shown.len() > LONGEST {
            shown.push('…');
            break;
        }
        push_character(&mut shown, character);
    }
    shown
}

fn push_attribute(text: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    match SHORT_NAMES.iter().find(|(oid, _)| oid == attribute.attr_type()) {
        Some((_, short)) => text.push_str(short),
        None => text.push_str(&attribute.attr_type().to_id_string()),
    }
    text.push('=');
    match value(attribute) {
        Some(value) => push_escaped(text, &value),
        None => {
            text.push('#');
            for byte in attribute.as_slice().iter().take(LONGEST / 2) {
                // Writing into a string cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
        }
    }
}

/// RFC 4514 section 2.4.
fn push_escaped(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate().take(LONGEST) {
        let special = matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (index == 0 && matches!(character, ' ' | '#'))
            || (index == last && character == ' ');
        if special {
            text.push('\\');
        }
        push_character(text, character);
    }
}

/// Control characters, and those that turn the direction of text, could forge what a terminal or a
/// page shows.
fn push_character(text: &mut String, character: char) {
    let misleading = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !character.is_control() && !misleading {
        text.push(character);
        return;
    }
    let mut bytes = [0; 4];
    for byte in character.encode_utf8(&mut bytes).bytes() {
        let _ = write!(text, "\\{byte:02x}");
    }
}

/// The text of an attribute, `None` when it is no string.
fn value(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    if let Ok(text) = attribute.as_str() {
        return Some(text.to_owned());
    }
    let bytes = attribute.as_slice();
    match attribute.attr_value().tag() {
        Tag::BmpString => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            Some(String::from_utf16_lossy(&units))
        }
        // In practice Latin-1.
        Tag::T61String | Tag::VisibleString => Some(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => None,
    }
}

const MOST_PARTS: usize = 64;
const LONGEST: usize = 1024;

/// RFC 4514 section 3, and what certificates carry besides.
static SHORT_NAMES: [(Oid<'static>, &str); 14] = [
    (oid!(2.5.4.3), "CN"),
    (oid!(2.5.4.4), "SN"),
    (oid!(2.5.4.5), "serialNumber"),
    (oid!(2.5.4.6), "C"),
    (oid!(2.5.4.7), "L"),
    (oid!(2.5.4.8), "ST"),
    (oid!(2.5.4.9), "STREET"),
    (oid!(2.5.4.10), "O"),
    (oid!(2.5.4.11), "OU"),
    (oid!(2.5.4.15), "businessCategory"),
    (oid!(2.5.4.17), "postalCode"),
    (oid!(2.5.4.97), "organizationIdentifier"),
    (oid!(0.9.2342.19200300.100.1.25), "DC"),
    (oid!(1.2.840.113549.1.9.1), "emailAddress"),
];

//! How a certificate is made up, from its DER. Called for what has been read: no extension is there
//! twice, and none that matters is broken.

use model::certificate::profile::{BasicConstraints, KeyUsage, Presence, Profile, SerialShape};
use x509_parser::{
    extensions::{ParsedExtension, X509Extension},
    oid_registry::{Oid, asn1_rs::oid},
    prelude::X509Certificate,
};

use crate::names::printable;

/// The profile of `parsed`.
pub(crate) fn of(parsed: &X509Certificate<'_>) -> Profile {
    let mut profile = Profile {
        version: parsed.version().0.saturating_add(1),
        serial: SerialShape::of(parsed.raw_serial()),
        subject_empty: parsed.subject().iter_rdn().next().is_none(),
        signature_differs: parsed.signature_algorithm != parsed.tbs_certificate.signature,
        authority_key: Presence::Absent,
        subject_key: Presence::Absent,
        alternative_names: Presence::Absent,
        name_constraints: Presence::Absent,
        basic_constraints: None,
        key_usage: None,
        unknown_critical: Vec::new(),
    };
    for extension in parsed.iter_extensions() {
        take(&mut profile, extension);
    }
    profile
}

fn take(profile: &mut Profile, extension: &X509Extension<'_>) {
    let there = if extension.critical { Presence::Critical } else { Presence::Present };
    match extension.parsed_extension() {
        // Without a keyIdentifier only its being critical matters.
        ParsedExtension::AuthorityKeyIdentifier(authority)
            if authority.key_identifier.is_some() || extension.critical =>
        {
            profile.authority_key = there;
        }
        ParsedExtension::SubjectKeyIdentifier(_) => profile.subject_key = there,
        ParsedExtension::SubjectAlternativeName(names) if !names.general_names.is_empty() => {
            profile.alternative_names = there;
        }
        ParsedExtension::NameConstraints(_) => profile.name_constraints = there,
        ParsedExtension::BasicConstraints(constraints) => {
            profile.basic_constraints = Some(BasicConstraints {
                ca: constraints.ca,
                path_length: constraints.path_len_constraint,
                critical: extension.critical,
            });
        }
        ParsedExtension::KeyUsage(usage) => profile.key_usage = Some(KeyUsage(usage.flags)),
        _ => {}
    }
    if extension.critical && !KNOWN.contains(&extension.oid) && profile.unknown_critical.len() < MOST_UNKNOWN {
        profile.unknown_critical.push(printable(&extension.oid.to_id_string()));
    }
}

/// Of the extensions that an authority may put in a certificate, 64 are read; more than this many
/// unknown ones say no more.
const MOST_UNKNOWN: usize = 8;

/// Those of RFC 5280 section 4.2.1 and 4.2.2, whether or not they may be critical.
static KNOWN: [Oid<'static>; 17] = [
    oid!(2.5.29.9),
    oid!(2.5.29.14),
    oid!(2.5.29.15),
    oid!(2.5.29.17),
    oid!(2.5.29.18),
    oid!(2.5.29.19),
    oid!(2.5.29.30),
    oid!(2.5.29.31),
    oid!(2.5.29.32),
    oid!(2.5.29.33),
    oid!(2.5.29.35),
    oid!(2.5.29.36),
    oid!(2.5.29.37),
    oid!(2.5.29.46),
    oid!(2.5.29.54),
    oid!(1.3.6.1.5.5.7.1.1),
    oid!(1.3.6.1.5.5.7.1.11),
];

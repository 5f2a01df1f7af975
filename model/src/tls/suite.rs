//! Cipher suites: by number as a server chooses one, by name for people, and by the parts that are
//! judged.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::finding::UnknownWord;

/// A cipher suite of the IANA registry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suite(u16);

/// How a suite agrees on keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// Not by the suite: in TLS 1.3 it is agreed apart, and always with forward secrecy.
    Apart,
    /// Diffie-Hellman on an elliptic curve, with keys made for the connection: forward secrecy.
    Ecdhe,
    /// The same in a finite field.
    Dhe,
    /// With the key of the certificate: who gets hold of it reads what was recorded before.
    Static,
    /// With anybody, for want of a certificate.
    Anonymous,
    /// Of a suite that is not in the table.
    Unknown,
}

/// What a suite encrypts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES with a key of 128 bits.
    Aes128,
    /// AES with a key of 256 bits.
    Aes256,
    /// ChaCha20 with Poly1305.
    ChaCha20,
    /// Camellia.
    Camellia,
    /// ARIA.
    Aria,
    /// SM4 (RFC 8998).
    Sm4,
    /// Three times DES.
    TripleDes,
    /// DES, be it with 56 bits or with 40.
    Des,
    /// RC4.
    Rc4,
    /// Nothing: the text goes in the clear.
    Null,
    /// Of a suite that is not in the table.
    Unknown,
}

impl Suite {
    /// What App Transport Security takes of TLS 1.2, by secondary sources: Apple names the parts of
    /// which a suite is made (ECDHE and AES), not the suites.
    pub const ATS: [Self; 11] = [
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        Self::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        Self::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    ];

    /// What BoringSSL offers of TLS 1.2 unless told otherwise, and so Android and Chromium, in its order:
    /// no DHE, and of CBC only with SHA-1.
    /// Source: Conscrypt's `NativeCrypto.java`, `ENABLED_CIPHER_SUITES`.
    pub const BORINGSSL: [Self; 14] = [
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        Self::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        Self::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        Self::TLS_RSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_RSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_RSA_WITH_AES_128_CBC_SHA,
        Self::TLS_RSA_WITH_AES_256_CBC_SHA,
    ];

    /// The suite of this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number on the wire.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Its name in the registry, if it is one that Hufu knows.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// How it agrees on keys.
    pub fn key_exchange(self) -> KeyExchange {
        self.row().map_or(KeyExchange::Unknown, |row| row.key_exchange)
    }

    /// What it encrypts with.
    pub fn cipher(self) -> Cipher {
        self.row().map_or(Cipher::Unknown, |row| row.cipher)
    }

    /// Whether RFC 7465, RFC 8996 or RFC 9325 forbids it.
    pub fn is_broken(self) -> bool {
        self.key_exchange() == KeyExchange::Anonymous
            || matches!(self.cipher(), Cipher::TripleDes | Cipher::Des | Cipher::Rc4 | Cipher::Null)
    }

    fn row(self) -> Option<&'static Row> {
        let at = TABLE.binary_search_by_key(&self, |row| row.suite).ok()?;
        TABLE.get(at)
    }
}

/// The name in the registry, or the number as `0x1a2b`.
impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04x}", self.0),
        }
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suite({self})")
    }
}

impl FromStr for Suite {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let named = TABLE.iter().find(|row| row.name == word).map(|row| row.suite);
        let numbered = || u16::from_str_radix(word.strip_prefix("0x")?, 16).ok().map(Self);
        named.or_else(numbered).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl Serialize for Suite {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Suite {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

struct Row {
    suite: Suite,
    name: &'static str,
    key_exchange: KeyExchange,
    cipher: Cipher,
}

macro_rules! suites {
    ($($name:ident = $number:literal, $key_exchange:ident, $cipher:ident;)+) => {
        /// The suites by their names.
        #[allow(non_upper_case_globals)]
        impl Suite {
            $(#[doc = concat!("`", stringify!($name), "`")] pub const $name: Self = Self($number);)+

            /// Every suite that has a name here, by number.
            pub const NAMED: &[Self] = &[$(Self::$name),+];
        }

        /// By number.
        static TABLE: &[Row] = &[$(Row {
            suite: Suite::$name,
            name: stringify!($name),
            key_exchange: KeyExchange::$key_exchange,
            cipher: Cipher::$cipher,
        }),+];
    };
}

// <https://www.iana.org/assignments/tls-parameters>: what servers of the last twenty years choose, all
// that OpenSSL takes with a key of RSA or ECDSA, and what none should.
suites! {
    TLS_RSA_WITH_NULL_MD5 = 0x0001, Static, Null;
    TLS_RSA_WITH_NULL_SHA = 0x0002, Static, Null;
    TLS_RSA_EXPORT_WITH_RC4_40_MD5 = 0x0003, Static, Rc4;
    TLS_RSA_WITH_RC4_128_MD5 = 0x0004, Static, Rc4;
    TLS_RSA_WITH_RC4_128_SHA = 0x0005, Static, Rc4;
    TLS_RSA_EXPORT_WITH_DES40_CBC_SHA = 0x0008, Static, Des;
    TLS_RSA_WITH_DES_CBC_SHA = 0x0009, Static, Des;
    TLS_RSA_WITH_3DES_EDE_CBC_SHA = 0x000a, Static, TripleDes;
    TLS_DHE_RSA_WITH_DES_CBC_SHA = 0x0015, Dhe, Des;
    TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA = 0x0016, Dhe, TripleDes;
    TLS_DH_anon_WITH_RC4_128_MD5 = 0x0018, Anonymous, Rc4;
    TLS_DH_anon_WITH_3DES_EDE_CBC_SHA = 0x001b, Anonymous, TripleDes;
    TLS_RSA_WITH_AES_128_CBC_SHA = 0x002f, Static, Aes128;
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA = 0x0033, Dhe, Aes128;
    TLS_DH_anon_WITH_AES_128_CBC_SHA = 0x0034, Anonymous, Aes128;
    TLS_RSA_WITH_AES_256_CBC_SHA = 0x0035, Static, Aes256;
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA = 0x0039, Dhe, Aes256;
    TLS_DH_anon_WITH_AES_256_CBC_SHA = 0x003a, Anonymous, Aes256;
    TLS_RSA_WITH_NULL_SHA256 = 0x003b, Static, Null;
    TLS_RSA_WITH_AES_128_CBC_SHA256 = 0x003c, Static, Aes128;
    TLS_RSA_WITH_AES_256_CBC_SHA256 = 0x003d, Static, Aes256;
    TLS_RSA_WITH_CAMELLIA_128_CBC_SHA = 0x0041, Static, Camellia;
    TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA = 0x0045, Dhe, Camellia;
    TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA = 0x0046, Anonymous, Camellia;
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 = 0x0067, Dhe, Aes128;
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA256 = 0x006b, Dhe, Aes256;
    TLS_DH_anon_WITH_AES_128_CBC_SHA256 = 0x006c, Anonymous, Aes128;
    TLS_DH_anon_WITH_AES_256_CBC_SHA256 = 0x006d, Anonymous, Aes256;
    TLS_RSA_WITH_CAMELLIA_256_CBC_SHA = 0x0084, Static, Camellia;
    TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA = 0x0088, Dhe, Camellia;
    TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA = 0x0089, Anonymous, Camellia;
    TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009c, Static, Aes128;
    TLS_RSA_WITH_AES_256_GCM_SHA384 = 0x009d, Static, Aes256;
    TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 = 0x009e, Dhe, Aes128;
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 = 0x009f, Dhe, Aes256;
    TLS_DH_anon_WITH_AES_128_GCM_SHA256 = 0x00a6, Anonymous, Aes128;
    TLS_DH_anon_WITH_AES_256_GCM_SHA384 = 0x00a7, Anonymous, Aes256;
    TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0x00ba, Static, Camellia;
    TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0x00be, Dhe, Camellia;
    TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256 = 0x00bf, Anonymous, Camellia;
    TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256 = 0x00c0, Static, Camellia;
    TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256 = 0x00c4, Dhe, Camellia;
    TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256 = 0x00c5, Anonymous, Camellia;
    TLS_SM4_GCM_SM3 = 0x00c6, Apart, Sm4;
    TLS_SM4_CCM_SM3 = 0x00c7, Apart, Sm4;
    TLS_AES_128_GCM_SHA256 = 0x1301, Apart, Aes128;
    TLS_AES_256_GCM_SHA384 = 0x1302, Apart, Aes256;
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303, Apart, ChaCha20;
    TLS_AES_128_CCM_SHA256 = 0x1304, Apart, Aes128;
    TLS_AES_128_CCM_8_SHA256 = 0x1305, Apart, Aes128;
    TLS_ECDHE_ECDSA_WITH_NULL_SHA = 0xc006, Ecdhe, Null;
    TLS_ECDHE_ECDSA_WITH_RC4_128_SHA = 0xc007, Ecdhe, Rc4;
    TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA = 0xc008, Ecdhe, TripleDes;
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA = 0xc009, Ecdhe, Aes128;
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA = 0xc00a, Ecdhe, Aes256;
    TLS_ECDHE_RSA_WITH_NULL_SHA = 0xc010, Ecdhe, Null;
    TLS_ECDHE_RSA_WITH_RC4_128_SHA = 0xc011, Ecdhe, Rc4;
    TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA = 0xc012, Ecdhe, TripleDes;
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA = 0xc013, Ecdhe, Aes128;
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA = 0xc014, Ecdhe, Aes256;
    TLS_ECDH_anon_WITH_NULL_SHA = 0xc015, Anonymous, Null;
    TLS_ECDH_anon_WITH_RC4_128_SHA = 0xc016, Anonymous, Rc4;
    TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA = 0xc017, Anonymous, TripleDes;
    TLS_ECDH_anon_WITH_AES_128_CBC_SHA = 0xc018, Anonymous, Aes128;
    TLS_ECDH_anon_WITH_AES_256_CBC_SHA = 0xc019, Anonymous, Aes256;
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 = 0xc023, Ecdhe, Aes128;
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 = 0xc024, Ecdhe, Aes256;
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 = 0xc027, Ecdhe, Aes128;
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 = 0xc028, Ecdhe, Aes256;
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xc02b, Ecdhe, Aes128;
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xc02c, Ecdhe, Aes256;
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xc02f, Ecdhe, Aes128;
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 = 0xc030, Ecdhe, Aes256;
    TLS_RSA_WITH_ARIA_128_GCM_SHA256 = 0xc050, Static, Aria;
    TLS_RSA_WITH_ARIA_256_GCM_SHA384 = 0xc051, Static, Aria;
    TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256 = 0xc052, Dhe, Aria;
    TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384 = 0xc053, Dhe, Aria;
    TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256 = 0xc05c, Ecdhe, Aria;
    TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384 = 0xc05d, Ecdhe, Aria;
    TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256 = 0xc060, Ecdhe, Aria;
    TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384 = 0xc061, Ecdhe, Aria;
    TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xc072, Ecdhe, Camellia;
    TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xc073, Ecdhe, Camellia;
    TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xc076, Ecdhe, Camellia;
    TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xc077, Ecdhe, Camellia;
    TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xc086, Ecdhe, Camellia;
    TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xc087, Ecdhe, Camellia;
    TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xc08a, Ecdhe, Camellia;
    TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xc08b, Ecdhe, Camellia;
    TLS_RSA_WITH_AES_128_CCM = 0xc09c, Static, Aes128;
    TLS_RSA_WITH_AES_256_CCM = 0xc09d, Static, Aes256;
    TLS_DHE_RSA_WITH_AES_128_CCM = 0xc09e, Dhe, Aes128;
    TLS_DHE_RSA_WITH_AES_256_CCM = 0xc09f, Dhe, Aes256;
    TLS_RSA_WITH_AES_128_CCM_8 = 0xc0a0, Static, Aes128;
    TLS_RSA_WITH_AES_256_CCM_8 = 0xc0a1, Static, Aes256;
    TLS_DHE_RSA_WITH_AES_128_CCM_8 = 0xc0a2, Dhe, Aes128;
    TLS_DHE_RSA_WITH_AES_256_CCM_8 = 0xc0a3, Dhe, Aes256;
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM = 0xc0ac, Ecdhe, Aes128;
    TLS_ECDHE_ECDSA_WITH_AES_256_CCM = 0xc0ad, Ecdhe, Aes256;
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 = 0xc0ae, Ecdhe, Aes128;
    TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8 = 0xc0af, Ecdhe, Aes256;
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xcca8, Ecdhe, ChaCha20;
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 = 0xcca9, Ecdhe, ChaCha20;
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xccaa, Dhe, ChaCha20;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_numbers() {
        assert!(Suite::NAMED.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_number_reads_back_from_what_is_written_of_it() {
        for number in 0..=u16::MAX {
            let suite = Suite::new(number);
            assert_eq!(suite.to_string().parse(), Ok(suite));
            assert_eq!(suite.name().is_some(), Suite::NAMED.contains(&suite));
        }
        assert_eq!(Suite::new(0x1a2b).to_string(), "0x1a2b");
        for word in ["", "tls_aes_128_gcm_sha256", "TLS_AES_128", "0x", "0x12345", "1301"] {
            assert_eq!(word.parse::<Suite>(), Err(UnknownWord(word.to_owned())));
        }
    }

    #[test]
    fn the_parts_are_those_that_the_name_speaks_of() {
        for suite in Suite::NAMED {
            let name = suite.name().unwrap();
            let key_exchange = match name {
                name if name.contains("_anon_") => KeyExchange::Anonymous,
                name if name.starts_with("TLS_ECDHE_") => KeyExchange::Ecdhe,
                name if name.starts_with("TLS_DHE_") => KeyExchange::Dhe,
                name if name.starts_with("TLS_RSA_") => KeyExchange::Static,
                _ => KeyExchange::Apart,
            };
            let cipher = [
                ("_AES_128_", Cipher::Aes128),
                ("_AES_256_", Cipher::Aes256),
                ("_CHACHA20_", Cipher::ChaCha20),
                ("_CAMELLIA_", Cipher::Camellia),
                ("_ARIA_", Cipher::Aria),
                ("_SM4_", Cipher::Sm4),
                ("_3DES_", Cipher::TripleDes),
                ("_DES", Cipher::Des),
                ("_RC4_", Cipher::Rc4),
                ("_NULL_", Cipher::Null),
            ];
            let cipher = cipher.into_iter().find(|(part, _)| name.contains(part)).unwrap().1;
            assert_eq!((suite.key_exchange(), suite.cipher()), (key_exchange, cipher), "{name}");
            let broken = ["_NULL_", "_RC4_", "DES", "_EXPORT_", "_anon_"].iter().any(|part| name.contains(part));
            assert_eq!(suite.is_broken(), broken, "{name}");
        }
        let unlisted = Suite::new(0x1a2b);
        assert_eq!((unlisted.key_exchange(), unlisted.cipher()), (KeyExchange::Unknown, Cipher::Unknown));
        assert!(!unlisted.is_broken());
    }
}

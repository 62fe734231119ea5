//! Message authentication codes, compared in constant time.

use hmac::{Hmac, KeyInit};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A text and what is claimed to be its code.
pub(super) enum Mac {
    /// HMAC-SHA256, keyed with the secret.
    Sha256 { text: Vec<u8>, claimed: Vec<u8> },
    /// HMAC-SHA1, keyed with the secret and `&`.
    Sha1 { text: Vec<u8>, claimed: Vec<u8> },
}

impl Mac {
    /// Whether the code is what this secret makes of the text. Takes as long for any wrong code of the right length.
    pub(super) fn is_made_with(&self, secret: &[u8]) -> bool {
        match self {
            Self::Sha256 { text, claimed } => verify::<Hmac<Sha256>>(&[secret], text, claimed),
            Self::Sha1 { text, claimed } => verify::<Hmac<Sha1>>(&[secret, b"&"], text, claimed),
        }
    }

    /// The text, for a message.
    pub(super) fn string_to_sign(&self) -> String {
        let (Self::Sha256 { text, .. } | Self::Sha1 { text, .. }) = self;
        String::from_utf8_lossy(text).into_owned()
    }
}

fn verify<M: hmac::Mac + KeyInit>(key: &[&[u8]], text: &[u8], claimed: &[u8]) -> bool {
    // A key of any length will do, so this never fails; if it did, nothing would be believed.
    <M as KeyInit>::new_from_slice(&key.concat()).is_ok_and(|mac| mac.chain_update(text).verify_slice(claimed).is_ok())
}

/// The SHA-256 of something, in lower-case hexadecimal.
pub(super) fn sha256_hex(data: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(data))
}

/// The bytes of lower-case hexadecimal.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(text).ok()
}

//! Why a signature is not believed.

use crate::query::NotDecoded;

/// What is wrong with a signed request. How it is worded for a client is each vendor's own business.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The request is not signed at all.
    #[error("the request is not signed")]
    Absent,
    /// Something that every signed request has is not there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A header or parameter is given more than once, or a request is signed in two ways.
    #[error("`{0}` is given more than once")]
    Repeated(String),
    /// A part cannot be read.
    #[error("`{part}` is malformed: expected {expected}")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A header that counts is not among those that are signed.
    #[error("the header `{0}` must be signed")]
    NotSigned(String),
    /// Two parts of the request that must say the same do not.
    #[error("`{0}` and `{1}` differ")]
    Differ(&'static str, &'static str),
    /// The hash that was signed is not that of the body.
    #[error("the signed hash is not that of the body")]
    BodyDiffers,
    /// Nobody knows the key.
    #[error("the access key `{0}` is not known")]
    UnknownKey(String),
    /// Signed too long ago, too far in the future, or before this server began to remember signatures.
    #[error("the request is dated too far from the server's time, or from before the server was started")]
    Stale,
    /// The signature is not what the secret makes of the request.
    #[error("the signature does not match the request")]
    Mismatch {
        /// What the signature should be made over.
        string_to_sign: String,
    },
    /// A request with this nonce, or this signature, came before.
    #[error("the signature or its nonce was used before")]
    Replayed,
    /// So many signatures are remembered that no more can be.
    #[error("too many signed requests within the allowed clock skew")]
    Full,
}

impl From<NotDecoded> for Fault {
    fn from(error: NotDecoded) -> Self {
        match error {
            NotDecoded::Repeated(name) => Self::Repeated(name),
            NotDecoded::Escape => {
                Self::Malformed { part: "URL", expected: "`%` with two hexadecimal digits, in UTF-8" }
            }
            NotDecoded::TooMany => Self::Malformed { part: "parameters", expected: "fewer of them" },
        }
    }
}

//! What a call answers: 0, or the stable code of what went wrong.

use grantrie::Code;

use crate::border::Text;

/// What a call came to: `GRANTRIE_OK`, or one of the codes of `enum grantrie_code`, which are the same in every language.
pub type Status = u32;

/// All is well.
pub(crate) const OK: Status = 0;

/// The version of the interface that the header describes. Another one is another library: structs that become longer, and
/// calls and codes that are added, do not change it.
pub const GRANTRIE_ABI_VERSION: u32 = 1;

pub(crate) fn status(code: Code) -> Status {
    code.number().into()
}

/// The name of a code in snake_case (`lower_case_action`); the empty text for a number that is no code. It is static, and
/// never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn grantrie_code_name(code: Status) -> Text {
    Text::of(Code::ALL.iter().find(|known| status(**known) == code).map_or("", |known| known.name()))
}

/// The version of the interface that the library has. A program that was compiled against another `GRANTRIE_ABI_VERSION`
/// must not go on.
#[unsafe(no_mangle)]
pub extern "C" fn grantrie_abi_version() -> u32 {
    GRANTRIE_ABI_VERSION
}

/// The version of the library (`0.1.0`). It is static, and never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn grantrie_version() -> Text {
    Text::of(env!("CARGO_PKG_VERSION"))
}

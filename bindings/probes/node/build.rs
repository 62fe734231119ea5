//! What the linker must know of addons.

fn main() {
    napi_build::setup();
}

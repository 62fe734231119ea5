//! The C library: built, installed with its header and a file for pkg-config, and the header written anew.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run, top};

/// The first number of the version: libraries with the same one stand in for each other.
const MAJOR: &str = "0";

/// See [`Task::CapiInstall`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct CapiInstall {
    /// Where `include`, `lib` and `lib/pkgconfig` go.
    #[arg(long, default_value = "/usr/local")]
    prefix: PathBuf,
}

impl CapiInstall {
    pub(crate) const fn into(prefix: PathBuf) -> Self {
        Self { prefix }
    }

    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let version = env!("CARGO_PKG_VERSION");
        let name =
            |shared: &str| if cfg!(target_os = "macos") { format!("{shared}.dylib") } else { format!("{shared}.so") };
        let soname = if cfg!(target_os = "macos") {
            format!("libgrantrie.{MAJOR}.dylib")
        } else {
            format!("libgrantrie.so.{MAJOR}")
        };
        let option = if cfg!(target_os = "macos") { "-install_name" } else { "-soname" };
        build("cdylib", &["-C", &format!("link-arg=-Wl,{option},{soname}")])?;
        build("staticlib", &[])?;
        let built = top().join("target/release");
        let prefix = std::path::absolute(&self.prefix).map_err(|error| at(&self.prefix, &error))?;
        let [include, lib, pkgconfig] = ["include", "lib", "lib/pkgconfig"].map(|part| prefix.join(part));
        for directory in [&include, &lib, &pkgconfig] {
            fs::create_dir_all(directory).map_err(|error| at(directory, &error))?;
        }
        copy(&top().join("crates/capi/include/grantrie.h"), &include.join("grantrie.h"))?;
        copy(&built.join("libgrantrie_capi.a"), &lib.join("libgrantrie.a"))?;
        copy(&built.join(name("libgrantrie_capi")), &lib.join(&soname))?;
        link(&soname, &lib.join(name("libgrantrie")))?;
        let file = pkgconfig.join("grantrie.pc");
        fs::write(&file, package(&prefix, version)).map_err(|error| at(&file, &error))?;
        Ok(Outcome::Done(format!("installed {version} in {}", prefix.display())))
    }
}

/// Each kind by itself, so that it is optimised as a whole.
fn build(kind: &str, flags: &[&str]) -> Result<(), Failure> {
    let package = ["rustc", "--quiet", "--release", "--package", "grantrie-capi", "--lib", "--crate-type", kind, "--"];
    run(cargo(&package).args(flags))
}

fn package(prefix: &Path, version: &str) -> String {
    // What Rust's own library asks of the system.
    let private =
        if cfg!(target_os = "macos") { "-lSystem -lc -lm" } else { "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc" };
    format!(
        "prefix={}\nincludedir=${{prefix}}/include\nlibdir=${{prefix}}/lib\n\n\
         Name: grantrie\nDescription: Embedded policy-evaluation engine\nVersion: {version}\n\
         Cflags: -I${{includedir}}\nLibs: -L${{libdir}} -lgrantrie\nLibs.private: {private}\n",
        prefix.display()
    )
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    // Not over a file that a program has open: that program keeps what it has.
    let _ = fs::remove_file(to);
    fs::copy(from, to).map(drop).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn link(target: &str, link: &Path) -> Result<(), Failure> {
    let _ = fs::remove_file(link);
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, link).map_err(|error| at(link, &error));
    #[cfg(not(unix))]
    return Err(format!("{}: only Unix is known here, and {target} is not", link.display()));
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display())
}

/// See [`Task::CapiHeader`](crate::Task).
pub(crate) fn header() -> Result<Outcome, Failure> {
    let mut write = cargo(&["test", "--quiet", "--package", "grantrie-capi", "--test", "header"]);
    run(write.env("GRANTRIE_WRITE_HEADER", "1"))?;
    Ok(Outcome::Done("crates/capi/include/grantrie.h is written".to_owned()))
}

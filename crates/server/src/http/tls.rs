//! Encrypted connections.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// Reads certificate and key. No message holds any of the key.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, String> {
    let said = |path: &std::path::Path, what: &dyn std::fmt::Display| format!("`{}`: {what}", path.display());
    let certificate = &tls.certificate_file;
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| said(certificate, &error))?;
    if chain.is_empty() {
        return Err(said(certificate, &"no certificate in PEM is there"));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key_file).map_err(|error| said(&tls.key_file, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("certificate and key cannot be used: {error}"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

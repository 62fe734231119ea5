//! Encrypted connections, with a certificate that is made here.

use std::io::Write;
use std::sync::Arc;

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::read_answer;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use super::{CREDENTIALS, start};

#[test]
fn connections_are_encrypted_when_that_is_configured() {
    let scratch = Scratch::new().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    scratch.write("server.pem", &made.cert.pem()).unwrap();
    scratch.write("server.key", &made.signing_key.serialize_pem()).unwrap();
    let config = format!("[tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server.key\"\n{CREDENTIALS}");
    let server = start(&scratch, &config);

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = Arc::new(client.with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(client, name).unwrap();
    let mut stream = StreamOwned::new(connection, server.connect());
    let path = "/.well-known/authzen-configuration";
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let answer = read_answer(&mut stream).unwrap();
    assert_eq!((answer.status, &answer.json()["policy_decision_point"]), (200, &json!("https://localhost")));

    // Not encrypted, nothing is answered in HTTP.
    let mut plain = server.connect();
    write!(plain, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert!(read_answer(&mut plain).is_err());
    // A client that opens a connection and says nothing keeps nobody from being answered.
    let _silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
}

#[test]
fn a_key_that_is_not_the_certificates_is_a_problem_of_the_configuration() {
    let scratch = Scratch::new().unwrap();
    let [one, other] = [0, 1].map(|_| rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap());
    scratch.write("server.pem", &one.cert.pem()).unwrap();
    scratch.write("server.key", &other.signing_key.serialize_pem()).unwrap();
    let config = "listen = \"127.0.0.1:0\"\n[tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server.key\"\n";
    let ended = grantrie_testkit::serve::Server::start(super::program(), scratch.path(), config, &[]).err().unwrap();
    assert!(ended.log.contains("tls: certificate and key cannot be used"), "{}", ended.log);
    scratch.write("server.pem", "nothing").unwrap();
    let ended = grantrie_testkit::serve::Server::start(super::program(), scratch.path(), config, &[]).err().unwrap();
    assert!(ended.log.contains("no certificate in PEM is there"), "{}", ended.log);
}

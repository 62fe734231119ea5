//! A listener between a client and the server, which keeps what it passes on: to be sent again, or altered.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use grantrie_testkit::serve::{Answer, read_answer};

pub(crate) struct Tap {
    address: SocketAddr,
    server: SocketAddr,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    pub(crate) fn new(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Vec<u8>>>>::default());
        let keep = Arc::clone(&taken);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let keep = Arc::clone(&keep);
                thread::spawn(move || pass(stream.unwrap(), server, &keep));
            }
        });
        Self { address, server, taken }
    }

    pub(crate) fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last request that came by.
    pub(crate) fn last(&self) -> String {
        let taken = self.taken.lock().unwrap();
        String::from_utf8(taken.last().expect("a request came by").clone()).unwrap()
    }

    /// Sends a request to the server as it is.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.server).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream).unwrap()
    }

    /// Sends the last request with a piece replaced.
    pub(crate) fn altered(&self, from: &str, to: &str) -> Answer {
        let request = self.last();
        assert!(request.contains(from), "`{from}` is not in {request}");
        self.send(&request.replacen(from, to, 1))
    }
}

/// Requests of one connection, each whole.
fn pass(mut client: TcpStream, server: SocketAddr, taken: &Mutex<Vec<Vec<u8>>>) {
    while let Some(request) = read_request(&mut client) {
        taken.lock().unwrap().push(request.clone());
        let mut server = TcpStream::connect(server).unwrap();
        server.write_all(&request).unwrap();
        let answer = read_answer(&mut server).unwrap();
        let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("HTTP/1.1 {} -\r\n{headers}\r\n", answer.status);
        if client.write_all(&[head.as_bytes(), &answer.body].concat()).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    client.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

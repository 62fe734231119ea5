//! A client that sends what it is told, byte by byte: tests of a server need requests that no library would send.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take. Only a broken server takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client with one connection, which is opened anew when the server has closed it.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// Headers that every request has, each with its line end.
    headers: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header with this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }
}

impl Client {
    /// A client of this address.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, headers: String::new() }
    }

    /// The same, with a bearer token in every request.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with_header("Authorization", &format!("Bearer {token}"))
    }

    /// The same, with a header in every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Sends a request without body.
    pub fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, &[], b"")
    }

    /// Posts JSON.
    pub fn post(&mut self, target: &str, body: &Value) -> Answer {
        self.send("POST", target, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// Sends a request as it is given, with `Host` and `Content-Length`.
    ///
    /// # Panics
    /// If no answer comes.
    pub fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (address, length) = (self.address, body.len());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{}{more}\r\n",
            self.headers
        );
        let request = [head.as_bytes(), body].concat();
        if let Some(answer) = self.stream.take().and_then(|stream| self.exchange(stream, &request).ok()) {
            return answer;
        }
        // None yet, or closed meanwhile.
        let stream = TcpStream::connect(self.address).unwrap_or_else(|error| panic!("{}: {error}", self.address));
        let begun = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
        begun.unwrap_or_else(|error| panic!("{error}"));
        self.exchange(BufReader::new(stream), &request).unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    fn exchange(&mut self, mut stream: BufReader<TcpStream>, request: &[u8]) -> std::io::Result<Answer> {
        stream.get_mut().write_all(request)?;
        let answer = read_answer(&mut stream)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// Reads one answer.
///
/// # Errors
/// The connection ends before, or what comes is no HTTP.
pub fn read_answer(stream: &mut impl Read) -> std::io::Result<Answer> {
    let wrong = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| wrong("no status"))?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> =
        lines.map(|line| header(line).ok_or_else(|| wrong(line))).collect::<Result<_, _>>()?;
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, length)| length.parse());
    let length = length.transpose().map_err(|_| wrong("no length"))?;
    let mut answer = Answer { status, headers, body: Vec::new() };
    match length {
        Some(length) => {
            answer.body = vec![0; length];
            stream.read_exact(&mut answer.body)?;
        }
        None if answer.header("transfer-encoding").is_some() => return Err(wrong("a chunked answer")),
        None => {}
    }
    Ok(answer)
}

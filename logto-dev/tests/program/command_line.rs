//! The command line, and how the program ends.

use std::net::TcpListener;
use std::process::Output;

use crate::running::{Directory, EXAMPLE, Program, command};
#[cfg(target_os = "linux")]
use crate::visitor::{Visitor, http};

fn run(arguments: &[&str], directory: &Directory) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        command().args(arguments).current_dir(directory.path()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

#[test]
fn without_a_file_the_program_says_how_it_is_used() {
    let directory = Directory::new();
    let (code, output, errors) = run(&[], &directory);
    assert_eq!((code, output.as_str()), (Some(2), ""));
    assert!(
        errors.starts_with("logto-dev: no file is named") && errors.contains("logto-dev init [FILE]"),
        "{errors}"
    );
    let (code, output, errors) = run(&["--help"], &directory);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(output.contains("--port PORT") && output.contains("loopback"), "{output}");
    let (code, output, _) = run(&["--version"], &directory);
    assert_eq!((code, output.trim()), (Some(0), concat!("logto-dev ", env!("CARGO_PKG_VERSION"))));
    assert_eq!(run(&["--colour", "tenant.toml"], &directory).0, Some(2));
}

#[test]
fn init_writes_an_example_and_never_overwrites() {
    let directory = Directory::new();
    let (code, output, _) = run(&["init"], &directory);
    assert_eq!(code, Some(0));
    assert!(output.contains("logto-dev tenant.toml"), "{output}");
    assert_eq!(std::fs::read_to_string(directory.file()).unwrap(), EXAMPLE);
    directory.write("# mine\n");
    let (code, _, errors) = run(&["init"], &directory);
    assert_eq!(code, Some(1));
    assert!(errors.contains("tenant.toml already exists and was left unchanged"), "{errors}");
    assert_eq!(std::fs::read_to_string(directory.file()).unwrap(), "# mine\n");
    assert_eq!(run(&["init", "other.toml"], &directory).0, Some(0));
    assert_eq!(std::fs::read_to_string(directory.path().join("other.toml")).unwrap(), EXAMPLE);
}

#[test]
fn other_addresses_than_loopback_are_refused() {
    let directory = Directory::new();
    directory.write(EXAMPLE);
    for address in ["0.0.0.0", "192.168.1.5", "::", "2001:db8::1"] {
        let (code, output, errors) = run(&["--address", address, "--port", "0", "tenant.toml"], &directory);
        assert_eq!((code, output.as_str()), (Some(1), ""), "{address}");
        assert!(errors.contains(&format!("does not listen on {address}")), "{errors}");
        assert!(errors.contains("Use 127.0.0.1 or ::1"), "{errors}");
    }
    directory.write("address = \"0.0.0.0\"\n");
    let (code, _, errors) = run(&["--port", "0", "tenant.toml"], &directory);
    assert_eq!(code, Some(1));
    assert!(errors.contains("does not listen on 0.0.0.0"), "{errors}");
}

/// Other systems have no address 127.0.0.2 unless it is added.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_endpoint_is_where_the_tenant_listens() {
    let program = Program::start_with(&["--address", "127.0.0.2"], EXAMPLE);
    assert!(program.endpoint.starts_with("http://127.0.0.2:"), "{}", program.endpoint);
    program.output.wait_for(&format!("endpoint = \"{}\"", program.endpoint));
    let visitor = Visitor::new(&program);
    let discovery = visitor.json("/oidc/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], format!("{}/oidc", program.endpoint));
    visitor.done("/dev/keys", "rotate", &[]).await;
    let url = program.url("/dev/");
    let response = http().get(url).header("host", "evil.example").send().await.unwrap();
    assert_eq!(response.status(), 421);
    assert!(response.text().await.unwrap().contains(&format!("open it at {}/dev/", program.endpoint)));
}

#[test]
fn what_is_wrong_at_the_start_is_said_with_what_to_do() {
    let directory = Directory::new();
    let (code, _, errors) = run(&["tenant.toml"], &directory);
    assert_eq!(code, Some(1));
    assert!(errors.contains("`tenant.toml` cannot be read") && errors.contains("logto-dev init"), "{errors}");

    directory.write("port = 3001\n\n[[user]]\nusername = \"alice\"\nrols = [\"admin\"]\n");
    let (code, _, errors) = run(&["tenant.toml"], &directory);
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("tenant.toml:5:1: `user[0].rols`: unknown field `rols`, expected one of"),
        "{errors}"
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    directory.write(EXAMPLE);
    let (code, _, errors) = run(&["--port", &port, "tenant.toml"], &directory);
    assert_eq!(code, Some(1));
    assert!(errors.contains(&format!("port {port} is in use")) && errors.contains("--port"), "{errors}");
}

#[test]
fn the_settings_are_there_to_paste() {
    let program = Program::start(EXAMPLE);
    let output = program.output.wait_for("ROCKET_LOGTO=");
    let endpoint = &program.endpoint;
    let toml = format!(
        "[default.logto]\nendpoint = \"{endpoint}\"\napp_id = \"my-app\"\napp_secret = \"change-me\"\n"
    );
    assert!(output.contains(&toml), "{output}");
    let environment =
        format!("ROCKET_LOGTO='{{endpoint=\"{endpoint}\",app_id=\"my-app\",app_secret=\"change-me\"}}'");
    assert!(output.contains(&environment), "{output}");
    assert!(!output.contains("my-machine"), "a machine has no redirect URI: {output}");
}

#[cfg(unix)]
#[test]
fn signals_and_the_end_of_the_input_stop_it_in_order() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(EXAMPLE);
        let sent =
            std::process::Command::new("kill").args([signal, &program.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(program.wait().code(), Some(0), "{signal}");
        program.errors.wait_for("logto-dev: stopped");
    }
    let mut program = Program::start(EXAMPLE);
    program.close_stdin();
    assert_eq!(program.wait().code(), Some(0));
}

//! The file of the tenant, and its changes.

use logto_dev::{Error, TenantFile};

use crate::running::{Directory, EXAMPLE, Program};
use crate::visitor::Visitor;

#[tokio::test]
async fn a_change_of_the_file_is_in_effect() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let keys = visitor.json("/oidc/jwks").await;
    assert!(!visitor.page("/dev/people").await.contains("<code>dora</code>"));

    let with_dora = format!(
        "{EXAMPLE}\n[[user]]\nusername = \"dora\"\n\n[[application]]\nclient_id = \"second\"\nsecret = \"s2\"\nredirect_uris = [\"http://localhost:9000/logto/callback\"]\n"
    );
    program.directory.write(&with_dora);
    let said = program.errors.wait_for("was applied");
    assert!(said.contains("added users: dora; added applications: second"), "{said}");
    program.output.wait_for("app_id = \"second\"");
    assert!(visitor.page("/dev/people").await.contains("<code>dora</code>"));
    assert_eq!(visitor.json("/oidc/jwks").await, keys, "the signing keys stay");
}

#[tokio::test]
async fn a_change_with_a_mistake_is_not_in_effect_and_is_named() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    program.directory.write(&EXAMPLE.replace("roles = [\"shop-admin\"]", "roles = [\"shop-boss\"]"));
    let said = program.errors.wait_for("was not applied");
    let line = EXAMPLE.lines().position(|line| line.contains("roles = [\"shop-admin\"]")).unwrap() + 1;
    let expected = format!(
        "tenant.toml:{line}:10: user `alice` names the role `shop-boss`, which the tenant does not have"
    );
    let said = if said.contains(&expected) { said } else { program.errors.wait_for(&expected) };
    assert!(said.contains("add it or correct the name"), "{said}");
    assert!(visitor.page("/dev/people").await.contains("shop-admin"));

    std::fs::remove_file(program.directory.file()).unwrap();
    program.errors.wait_for("cannot be read");
    assert!(visitor.page("/dev/people").await.contains("alice"));

    program.directory.write(&EXAMPLE.replace("alice@example.com", "alice@new.example"));
    program.errors.wait_for("was applied");
    let alice = visitor.page("/dev/people").await;
    let address = crate::visitor::between(&alice, "<a href=\"/dev/people?user=", "\"");
    assert!(visitor.page(&format!("/dev/people?user={address}")).await.contains("alice@new.example"));
}

#[tokio::test]
async fn an_emptied_file_removes_nobody() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let before = visitor.page("/dev/people").await;
    assert!(!names(&before).is_empty(), "{before}");
    // What stays for a while if a save stalls after it has emptied the file.
    for (content, times) in [("", 1), ("# A tenant\nport = 3001\n", 2)] {
        program.directory.overwrite(content);
        let refused = "has changed but was not applied; the tenant is unchanged.\n  \
                       the new description has neither users nor applications";
        let said = program.errors.wait_for_times(refused, times);
        assert!(!said.contains("removed"), "{said}");
        assert_eq!(names(&visitor.page("/dev/people").await), names(&before));
    }
    program.directory.overwrite(&format!("{EXAMPLE}\n[[user]]\nusername = \"dora\"\n"));
    let said = program.errors.wait_for("was applied");
    assert!(said.ends_with("was applied; added users: dora\n"), "{said}");
}

/// The addresses of the users' pages.
fn names(page: &str) -> Vec<&str> {
    page.split("<a href=\"/dev/people?user=").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn addresses_and_ports_in_the_file_count_from_the_next_start_on() {
    // The tests set the port on the command line, which counts.
    let changed = format!("address = \"127.0.0.3\"\nport = 4321\n{EXAMPLE}");
    let program = Program::start(EXAMPLE);
    program.directory.write(&changed);
    let said = program.errors.wait_for("was applied");
    assert!(said.ends_with("was applied; address 127.0.0.3 takes effect at the next start\n"), "{said}");
    let program = Program::start_with(&["--address", "127.0.0.1"], EXAMPLE);
    program.directory.write(&changed);
    let said = program.errors.wait_for("was applied");
    assert!(said.ends_with("was applied\n"), "{said}");
}

/// The line, the column and the problem of a file with this content.
fn mistake(content: &str) -> (usize, usize, String) {
    let directory = Directory::new();
    directory.write(content);
    match TenantFile::open(directory.file()).unwrap().describe() {
        Err(Error::InFile { line, column, problem, .. }) => (line, column, problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mistakes_have_a_line_and_a_key() {
    let cases = [
        ("port = 3001\nport = 3002\n", 2, "duplicate key"),
        ("port = \"many\"\n", 1, "`port`: invalid type: string \"many\", expected u16"),
        ("[[user]\n", 1, "invalid"),
        ("\n[[user]]\nname = \"Alice\"\n", 2, "`user[0]`: missing field `username`: add it"),
        (
            "[[application]]\nclient_id = \"a\"\nkind = \"traditionl\"\n",
            3,
            "`application[0].kind`: unknown variant",
        ),
        (
            "[[user]]\nusername = \"a\"\n[[user]]\nusername = \"b\"\norganizations = { acme = [\"admin\"] }\n",
            5,
            "user `b` names the organization `acme`",
        ),
        ("[[user]]\nusername = \"a\"\n\n[[user]]\nusername = \"a\"\n", 5, "the user `a` is not unique"),
        (
            "[[role]]\nname = \"r\"\nscopes = { \"https://api\" = [\"read\"] }\n",
            3,
            "role `r` names the API resource `https://api`",
        ),
        (
            "[[application]]\nclient_id = \"m\"\nkind = \"machine_to_machine\"\nthird_party_scopes = []\n",
            4,
            "`third_party_scopes`, which only a traditional application can have",
        ),
        (
            "[access_token_customizer]\nclaims = {}\ndeny_access = \"closed\"\n",
            3,
            "both `claims` and `deny_access`",
        ),
    ];
    for (content, line, problem) in cases {
        let (found, _, said) = mistake(content);
        assert_eq!(found, line, "{content}: {said}");
        assert!(said.contains(problem), "{content}: {said}");
    }
}

#[test]
fn no_secret_is_in_the_message() {
    for key in ["secret", "password"] {
        let table = if key == "secret" { "application]]\nclient_id" } else { "user]]\nusername" };
        let (line, _, said) = mistake(&format!("[[{table} = \"a\"\n{key} = 8471093\n"));
        assert_eq!(line, 3);
        assert!(said.contains("must be a string in quotation marks") && !said.contains("8471093"), "{said}");
    }
}

#[test]
fn new_content_counts_when_it_was_read_twice() {
    let directory = Directory::new();
    directory.write("[[user]]\nusername = \"a\"\n");
    let mut file = TenantFile::open(directory.file()).unwrap();
    assert!(file.changed().is_none());
    directory.write("[[user]]\nuser");
    assert!(file.changed().is_none());
    directory.write("[[user]]\nusername = \"b\"\n");
    assert!(file.changed().is_none());
    assert!(file.changed().is_some_and(|changed| changed.is_ok()));
    assert!(file.changed().is_none());
    assert!(!format!("{file:?}").contains("username"));
}

//! A real Apache Tomcat in a directory of its own.

use std::{fs, path::Path, process::Command};

use super::running::Running;

/// Stopped when it is dropped, if it was started.
pub struct Tomcat {
    running: Option<Running>,
    directory: tempfile::TempDir,
}

impl Tomcat {
    /// One with an application and no connectors yet.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for part in ["bin", "conf", "logs", "temp", "webapps/ROOT"] {
            fs::create_dir_all(directory.path().join(part)).unwrap();
        }
        // Nothing in it is for JSP, and looking takes a second.
        fs::write(
            directory.path().join("conf/context.xml"),
            r#"<Context><JarScanner scanClassPath="false" /></Context>"#,
        )
        .unwrap();
        Self { running: None, directory }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Has it serve at these connectors, with these constraints on every application, and with these
    /// properties of the system.
    pub fn configure(&self, connectors: &str, constraints: &str, properties: &str) {
        let server = format!(
            r#"<Server port="-1"><Service name="Catalina">{connectors}
            <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps" /></Engine>
            </Service></Server>"#
        );
        let applications = format!(
            r#"<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
            <servlet>
                <servlet-name>default</servlet-name>
                <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
            </servlet>
            <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
            {constraints}</web-app>"#
        );
        let environment = format!("CATALINA_OPTS='{properties}'\n");
        for (name, text) in
            [("conf/server.xml", server), ("conf/web.xml", applications), ("bin/setenv.sh", environment)]
        {
            fs::write(self.directory().join(name), text).unwrap();
        }
    }

    /// Whether it has started, or why not. It does without a connector that cannot be had.
    pub fn start(&mut self) -> Result<(), String> {
        let mut command = Command::new("sh");
        command.arg(format!("{HOME}/bin/catalina.sh")).arg("run");
        command.env("CATALINA_HOME", HOME).env("CATALINA_BASE", self.directory());
        // It has no time to become fast, and is understood in English.
        command.env("JAVA_OPTS", "-XX:TieredStopAtLevel=1 -Duser.language=en");
        self.running = Some(Running::start(&mut command, "Server startup in")?);
        Ok(())
    }
}

/// As Debian has it.
const HOME: &str = "/usr/share/tomcat10";

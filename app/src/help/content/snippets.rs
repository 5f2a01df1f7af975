//! Configuration and commands as they are typed, in no language.

use model::deploy::SPRING_BOOT_REDIRECT;

use super::remedy::{Kind, ServerKind};

/// What is typed whatever the server is.
pub(super) const fn for_all(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::FullChain => Some("cat server.crt intermediate.crt > fullchain.pem"),
        Kind::Replace => Some(
            "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \\
  -keyout privkey.pem -out request.csr \\
  -subj /CN=api.example.com -addext subjectAltName=DNS:api.example.com",
        ),
        Kind::Staple => Some("openssl x509 -noout -ocsp_uri -in fullchain.pem"),
        _ => None,
    }
}

/// What is typed on one kind of server; none where the words say it all, as of consoles in a browser.
pub(super) const fn snippet(kind: Kind, server: ServerKind) -> Option<&'static str> {
    let snippet = match (kind, server) {
        (Kind::FullChain, ServerKind::Nginx) => {
            "server {
    listen 443 ssl;
    server_name api.example.com;
    ssl_certificate     /etc/nginx/tls/fullchain.pem;
    ssl_certificate_key /etc/nginx/tls/privkey.pem;
}

nginx -t && nginx -s reload"
        }
        (Kind::FullChain, ServerKind::Apache) => {
            "<VirtualHost *:443>
    ServerName api.example.com
    SSLEngine on
    SSLCertificateFile    /etc/httpd/tls/fullchain.pem
    SSLCertificateKeyFile /etc/httpd/tls/privkey.pem
</VirtualHost>

apachectl configtest && apachectl graceful"
        }
        (Kind::FullChain, ServerKind::Tomcat) => {
            r#"<Connector port="443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">
  <SSLHostConfig>
    <Certificate certificateFile="conf/cert.pem"
                 certificateKeyFile="conf/privkey.pem"
                 certificateChainFile="conf/chain.pem"/>
  </SSLHostConfig>
</Connector>"#
        }
        (Kind::FullChain, ServerKind::SpringBoot) => {
            "openssl pkcs12 -export -in fullchain.pem -inkey privkey.pem -name api -out api.p12

server:
  port: 443
  ssl:
    key-store: file:/etc/app/api.p12
    key-store-type: PKCS12
    key-store-password: ${KEY_STORE_PASSWORD}

server:
  port: 443
  ssl:
    bundle: web
spring:
  ssl:
    bundle:
      pem:
        web:
          reload-on-update: true
          keystore:
            certificate: file:/etc/app/fullchain.pem
            private-key: file:/etc/app/privkey.pem"
        }
        (Kind::FullChain, ServerKind::Iis) => {
            r"openssl pkcs12 -export -in fullchain.pem -inkey privkey.pem -out api.pfx

$password = Read-Host -AsSecureString
Import-PfxCertificate -FilePath C:\tls\api.pfx -CertStoreLocation Cert:\LocalMachine\My -Password $password
Import-Certificate -FilePath C:\tls\intermediate.crt -CertStoreLocation Cert:\LocalMachine\CA

netsh http show sslcert
netsh http add sslcert hostnameport=api.example.com:443 certhash=THUMBPRINT certstorename=MY appid='{4dc3e181-e14b-4a21-b022-59fc669b0914}'"
        }
        (Kind::Replace, ServerKind::Nginx) => {
            "openssl x509 -in fullchain.pem -noout -pubkey | openssl sha256
openssl pkey -in privkey.pem -pubout | openssl sha256
nginx -t && nginx -s reload"
        }
        (Kind::Replace, ServerKind::Apache) => {
            "apachectl configtest && apachectl graceful
certbot renew --deploy-hook 'apachectl graceful'"
        }
        (Kind::Replace, ServerKind::Tomcat) => {
            "keytool -list -v -keystore conf/api.p12 | grep -E 'Owner|until'
curl -u USER 'http://localhost:8080/manager/text/sslReload'"
        }
        (Kind::Replace, ServerKind::SpringBoot) => {
            "openssl pkcs12 -export -in fullchain.pem -inkey privkey.pem -name api -out api.p12
systemctl restart app"
        }
        (Kind::Replace, ServerKind::Iis) => {
            r"Import-PfxCertificate -FilePath C:\tls\api.pfx -CertStoreLocation Cert:\LocalMachine\My -Password (Read-Host -AsSecureString)
Get-ChildItem Cert:\LocalMachine\My | Format-List Subject, Thumbprint, NotAfter
netsh http update sslcert hostnameport=api.example.com:443 certhash=THUMBPRINT certstorename=MY appid='{4dc3e181-e14b-4a21-b022-59fc669b0914}'"
        }
        (Kind::RightSite, ServerKind::Nginx) => {
            "server {
    listen 443 ssl default_server;
    ssl_reject_handshake on;
}
server {
    listen 443 ssl;
    server_name api.example.com;
    ssl_certificate     /etc/nginx/tls/api.example.com/fullchain.pem;
    ssl_certificate_key /etc/nginx/tls/api.example.com/privkey.pem;
}"
        }
        (Kind::RightSite, ServerKind::Apache) => {
            "apachectl -S

<VirtualHost *:443>
    ServerName  api.example.com
    ServerAlias ws.example.com
    SSLEngine on
    SSLCertificateFile    /etc/httpd/tls/fullchain.pem
    SSLCertificateKeyFile /etc/httpd/tls/privkey.pem
</VirtualHost>"
        }
        (Kind::RightSite, ServerKind::Tomcat) => {
            r#"<Connector port="443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true"
           defaultSSLHostConfigName="api.example.com">
  <SSLHostConfig hostName="api.example.com">
    <Certificate certificateKeystoreFile="conf/api.p12" certificateKeystoreType="PKCS12"
                 certificateKeystorePassword="${KEY_STORE_PASSWORD}"/>
  </SSLHostConfig>
  <SSLHostConfig hostName="ws.example.com">
    <Certificate certificateKeystoreFile="conf/ws.p12" certificateKeystoreType="PKCS12"
                 certificateKeystorePassword="${KEY_STORE_PASSWORD}"/>
  </SSLHostConfig>
</Connector>"#
        }
        (Kind::RightSite, ServerKind::SpringBoot) => {
            "server:
  ssl:
    bundle: web
    server-name-bundles:
      - server-name: ws.example.com
        bundle: ws"
        }
        (Kind::RightSite, ServerKind::Iis) => {
            "netsh http show sslcert
netsh http add sslcert hostnameport=api.example.com:443 certhash=THUMBPRINT certstorename=MY appid='{4dc3e181-e14b-4a21-b022-59fc669b0914}'"
        }
        (Kind::Versions, ServerKind::Nginx | ServerKind::TencentCloud) => "ssl_protocols TLSv1.2 TLSv1.3;",
        (Kind::Versions, ServerKind::Apache) => "SSLProtocol -all +TLSv1.2 +TLSv1.3",
        (Kind::Versions, ServerKind::Tomcat) => r#"<SSLHostConfig protocols="TLSv1.2+TLSv1.3">"#,
        (Kind::Versions, ServerKind::SpringBoot) => {
            "server:
  ssl:
    enabled-protocols: TLSv1.2,TLSv1.3"
        }
        (Kind::Versions, ServerKind::Iis) => {
            r"$key = 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server'
New-Item $key -Force
New-ItemProperty $key -Name Enabled -PropertyType DWord -Value 1 -Force
New-ItemProperty $key -Name DisabledByDefault -PropertyType DWord -Value 0 -Force"
        }
        (Kind::Suites, ServerKind::Nginx) => "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
        (Kind::Suites, ServerKind::Apache) => "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
        (Kind::Suites, ServerKind::Tomcat) => {
            r#"<SSLHostConfig protocols="TLSv1.2+TLSv1.3"
    ciphers="TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,
             TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
             TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384">"#
        }
        (Kind::Suites, ServerKind::SpringBoot) => {
            "server:
  ssl:
    ciphers:
      - TLS_AES_128_GCM_SHA256
      - TLS_AES_256_GCM_SHA384
      - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
      - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
      - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
      - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        }
        (Kind::Suites, ServerKind::Iis) => {
            "Get-TlsCipherSuite | Format-Table Name
Disable-TlsCipherSuite -Name TLS_RSA_WITH_3DES_EDE_CBC_SHA
Enable-TlsCipherSuite -Name TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 -Position 0"
        }
        (Kind::Suites, ServerKind::TencentCloud) => {
            "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;"
        }
        (Kind::SpeakTls, ServerKind::Nginx) => {
            "server {
    listen 8443 ssl;
    server_name api.example.com;
    ssl_certificate     /etc/nginx/tls/fullchain.pem;
    ssl_certificate_key /etc/nginx/tls/privkey.pem;
}"
        }
        (Kind::SpeakTls, ServerKind::Apache) => {
            "Listen 443
<VirtualHost *:443>
    ServerName api.example.com
    SSLEngine on
    SSLCertificateFile    /etc/httpd/tls/fullchain.pem
    SSLCertificateKeyFile /etc/httpd/tls/privkey.pem
</VirtualHost>"
        }
        (Kind::SpeakTls, ServerKind::Tomcat) => {
            r#"<Connector port="8443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">
  <SSLHostConfig>
    <Certificate certificateKeystoreFile="conf/api.p12" certificateKeystoreType="PKCS12"
                 certificateKeystorePassword="${KEY_STORE_PASSWORD}"/>
  </SSLHostConfig>
</Connector>"#
        }
        (Kind::SpeakTls, ServerKind::SpringBoot) => {
            "server:
  port: 443
  ssl:
    key-store: file:/etc/app/api.p12
    key-store-type: PKCS12
    key-store-password: ${KEY_STORE_PASSWORD}"
        }
        (Kind::SpeakTls, ServerKind::Iis) => {
            "Import-Module WebAdministration
New-WebBinding -Name 'Default Web Site' -Protocol https -Port 443 -HostHeader api.example.com -SslFlags 1
netsh http add sslcert hostnameport=api.example.com:443 certhash=THUMBPRINT certstorename=MY appid='{4dc3e181-e14b-4a21-b022-59fc669b0914}'"
        }
        (Kind::NoClientCertificate, ServerKind::Nginx) => "ssl_verify_client off;",
        (Kind::NoClientCertificate, ServerKind::Apache) => "SSLVerifyClient none",
        (Kind::NoClientCertificate, ServerKind::Tomcat) => r#"<SSLHostConfig certificateVerification="none">"#,
        (Kind::NoClientCertificate, ServerKind::SpringBoot) => {
            "server:
  ssl:
    client-auth: none"
        }
        (Kind::NoClientCertificate, ServerKind::Iis) => {
            r#"& "$env:windir\system32\inetsrv\appcmd.exe" set config "Default Web Site" /section:system.webServer/security/access /sslFlags:Ssl /commit:apphost
netsh http show sslcert hostnameport=api.example.com:443"#
        }
        (Kind::Everywhere, ServerKind::Nginx) => {
            "nginx -T | grep -E 'server_name|ssl_certificate '
openssl x509 -noout -serial -enddate -in /etc/nginx/tls/fullchain.pem
nginx -t && nginx -s reload"
        }
        (Kind::Everywhere, ServerKind::Apache) => {
            "apachectl -S
openssl x509 -noout -serial -enddate -in /etc/httpd/tls/fullchain.pem
apachectl configtest && apachectl graceful"
        }
        (Kind::Everywhere, ServerKind::Tomcat | ServerKind::SpringBoot) => {
            "keytool -list -v -keystore api.p12 | grep -E 'Owner|Serial|until'"
        }
        (Kind::Everywhere, ServerKind::Iis) => {
            r"netsh http show sslcert
Get-ChildItem Cert:\LocalMachine\My | Format-List Subject, SerialNumber, Thumbprint, NotAfter"
        }
        (Kind::Redirect, ServerKind::Nginx) => {
            "server {
    listen 80;
    server_name api.example.com;
    return 301 https://$host$request_uri;
}"
        }
        (Kind::Redirect, ServerKind::Apache) => {
            "<VirtualHost *:80>
    ServerName api.example.com
    Redirect permanent / https://api.example.com/
</VirtualHost>"
        }
        (Kind::Redirect, ServerKind::Tomcat) => {
            r#"<Connector port="80" protocol="HTTP/1.1" redirectPort="443"/>

<security-constraint>
  <web-resource-collection>
    <web-resource-name>everything</web-resource-name>
    <url-pattern>/*</url-pattern>
  </web-resource-collection>
  <user-data-constraint>
    <transport-guarantee>CONFIDENTIAL</transport-guarantee>
  </user-data-constraint>
</security-constraint>"#
        }
        (Kind::Redirect, ServerKind::SpringBoot) => SPRING_BOOT_REDIRECT.trim_ascii_end(),
        (Kind::Redirect, ServerKind::Iis) => {
            r#"<site name="Default Web Site" id="1">
  <hsts enabled="true" max-age="0" redirectHttpToHttps="true" />
</site>"#
        }
        (Kind::Hsts, ServerKind::Nginx) => r#"add_header Strict-Transport-Security "max-age=31536000" always;"#,
        (Kind::Hsts, ServerKind::Apache) => r#"Header always set Strict-Transport-Security "max-age=31536000""#,
        (Kind::Hsts, ServerKind::Tomcat) => {
            "<filter>
  <filter-name>httpHeaderSecurity</filter-name>
  <filter-class>org.apache.catalina.filters.HttpHeaderSecurityFilter</filter-class>
  <init-param>
    <param-name>hstsMaxAgeSeconds</param-name>
    <param-value>31536000</param-value>
  </init-param>
</filter>
<filter-mapping>
  <filter-name>httpHeaderSecurity</filter-name>
  <url-pattern>/*</url-pattern>
</filter-mapping>"
        }
        (Kind::Hsts, ServerKind::SpringBoot) => {
            "server:
  forward-headers-strategy: framework"
        }
        (Kind::Hsts, ServerKind::Iis) => {
            r#"<site name="Default Web Site" id="1">
  <hsts enabled="true" max-age="31536000" />
</site>"#
        }
        (Kind::Hsts, ServerKind::TencentCloud) => r#"add_header Strict-Transport-Security "max-age=31536000";"#,
        (Kind::Staple, ServerKind::Nginx) => {
            "ssl_stapling on;
ssl_stapling_verify on;
ssl_trusted_certificate /etc/nginx/tls/fullchain.pem;
resolver 223.5.5.5;"
        }
        (Kind::Staple, ServerKind::Apache) => {
            r#"SSLStaplingCache "shmcb:logs/ssl_stapling(32768)"
SSLUseStapling on"#
        }
        (Kind::Staple, ServerKind::Tomcat) => {
            r#"export CATALINA_OPTS="-Djdk.tls.server.enableStatusRequestExtension=true""#
        }
        (Kind::Staple, ServerKind::SpringBoot) => {
            "java -Djdk.tls.server.enableStatusRequestExtension=true -jar app.jar"
        }
        (Kind::Referer, ServerKind::Nginx) => {
            "valid_referers none server_names servicewechat.com;
if ($invalid_referer) {
    return 403;
}"
        }
        (Kind::Referer, ServerKind::Apache) => {
            r"RewriteEngine on
RewriteCond %{HTTP_REFERER} !^$
RewriteCond %{HTTP_REFERER} !^https://servicewechat\.com/
RewriteCond %{HTTP_REFERER} !^https://www\.example\.com/
RewriteRule ^ - [F]"
        }
        (Kind::Referer, ServerKind::Iis) => {
            r#"<add input="{HTTP_REFERER}" pattern="^https://servicewechat\.com/" negate="true" />"#
        }
        (Kind::WebSocket, ServerKind::Nginx) => {
            r#"location /ws {
    proxy_pass http://127.0.0.1:8080;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $host;
    proxy_read_timeout 300s;
}"#
        }
        (Kind::WebSocket, ServerKind::Apache) => r#"ProxyPass "/ws" "http://127.0.0.1:8080/ws" upgrade=websocket"#,
        (Kind::WebSocket, ServerKind::SpringBoot) => {
            r#"@Override
public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
    registry.addHandler(handler, "/ws").setAllowedOriginPatterns("*");
}"#
        }
        (Kind::WebSocket, ServerKind::Iis) => "Install-WindowsFeature Web-WebSockets",
        (Kind::Backend, ServerKind::Nginx) => "tail -n 50 /var/log/nginx/error.log",
        (Kind::Backend, ServerKind::Apache) => {
            "tail -n 50 /var/log/httpd/ssl_error_log
tail -n 50 /var/log/apache2/error.log"
        }
        (Kind::Backend, ServerKind::Tomcat) => "tail -n 100 logs/catalina.out",
        (Kind::Backend, ServerKind::SpringBoot) => {
            "journalctl -u app --since '10 minutes ago'
curl -s http://localhost:8080/actuator/health"
        }
        (Kind::Backend, ServerKind::Iis) => {
            r"Get-IISAppPool | Format-Table Name, State
Get-ChildItem C:\inetpub\logs\LogFiles -Recurse | Sort-Object LastWriteTime | Select-Object -Last 1 | Get-Content -Tail 50"
        }
        (Kind::VerificationFile, ServerKind::Nginx) => {
            "location = /kH3Bw2VgxW.txt {
    root /var/www/wechat;
    default_type text/plain;
}"
        }
        (Kind::VerificationFile, ServerKind::Apache) => {
            r"Alias /kH3Bw2VgxW.txt /var/www/wechat/kH3Bw2VgxW.txt
<Directory /var/www/wechat>
    Require all granted
</Directory>

RewriteEngine on
RewriteRule ^/?kH3Bw2VgxW\.txt$ - [END]"
        }
        (Kind::VerificationFile, ServerKind::Tomcat) => "cp kH3Bw2VgxW.txt webapps/ROOT/",
        (Kind::VerificationFile, ServerKind::SpringBoot) => {
            r#"cp kH3Bw2VgxW.txt src/main/resources/static/

@GetMapping(value = "/kH3Bw2VgxW.txt", produces = "text/plain")
public String verification() {
    return "WHAT THE FILE HOLDS";
}"#
        }
        (Kind::VerificationFile, ServerKind::Iis) => r"Copy-Item kH3Bw2VgxW.txt C:\inetpub\wwwroot\",
        _ => return None,
    };
    Some(snippet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_begins_and_ends_with_something_to_type() {
        for kind in Kind::ALL {
            let of_servers = ServerKind::ALL.into_iter().filter_map(|server| snippet(*kind, server));
            for snippet in of_servers.chain(for_all(*kind)) {
                assert_eq!(snippet, snippet.trim(), "{kind:?}");
                assert!(!snippet.contains('\t') && !snippet.contains(" \n"), "{kind:?}: {snippet}");
            }
        }
    }

    #[test]
    fn every_web_server_that_has_a_setting_for_it_shows_the_setting() {
        for kind in Kind::ALL {
            assert!(snippet(*kind, ServerKind::Nginx).is_some(), "{kind:?}");
            assert!(snippet(*kind, ServerKind::Apache).is_some(), "{kind:?}");
        }
    }
}

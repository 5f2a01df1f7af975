// HttpsRedirect.java, beside the application's main class, Spring Boot 2 or 3 with its own Tomcat:
// what comes to port 80 is sent on to port 443.

import org.apache.catalina.connector.Connector;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.apache.tomcat.util.descriptor.web.SecurityConstraint;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration
public class HttpsRedirect {
    @Bean
    public WebServerFactoryCustomizer<TomcatServletWebServerFactory> httpsRedirect() {
        return factory -> {
            Connector plain = new Connector(TomcatServletWebServerFactory.DEFAULT_PROTOCOL);
            plain.setScheme("http");
            plain.setPort(80);
            plain.setSecure(false);
            plain.setRedirectPort(443);
            factory.addAdditionalTomcatConnectors(plain);
            factory.addContextCustomizers(context -> {
                SecurityCollection everything = new SecurityCollection();
                everything.addPattern("/*");
                SecurityConstraint constraint = new SecurityConstraint();
                constraint.setUserConstraint("CONFIDENTIAL");
                constraint.addCollection(everything);
                context.addConstraint(constraint);
            });
        };
    }
}

# iis.ps1, in PowerShell as an administrator, Windows Server 2019 or later. The password is asked for.

Import-Module WebAdministration
$site = 'Default Web Site'
$password = Read-Host -AsSecureString 'Password of @FILE@.p12'
$certificate = Import-PfxCertificate -FilePath '@DIR@\@FILE@.p12' -CertStoreLocation Cert:\LocalMachine\My -Password $password |
    Where-Object HasPrivateKey | Select-Object -First 1
foreach ($name in @QUOTED@) {
    if (-not (Get-WebBinding -Name $site -Protocol https | Where-Object bindingInformation -EQ "*:443:$name")) {
        New-WebBinding -Name $site -Protocol https -Port 443 -HostHeader $name -SslFlags 1
    }
    (Get-WebBinding -Name $site -Protocol https | Where-Object bindingInformation -EQ "*:443:$name").AddSslCertificate($certificate.Thumbprint, 'My')
}

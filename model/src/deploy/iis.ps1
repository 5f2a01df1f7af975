# iis.ps1, in PowerShell as an administrator, Windows Server 2019 or later. The password is asked for.

Import-Module WebAdministration
$site = 'Default Web Site'
$password = Read-Host -AsSecureString 'Password of @HOST@.p12'
$certificate = Import-PfxCertificate -FilePath '@DIR@\@HOST@.p12' -CertStoreLocation Cert:\LocalMachine\My -Password $password |
    Where-Object HasPrivateKey | Select-Object -First 1
if (-not (Get-WebBinding -Name $site -Protocol https -Port 443 -HostHeader '@HOST@')) {
    New-WebBinding -Name $site -Protocol https -Port 443 -HostHeader '@HOST@' -SslFlags 1
}
(Get-WebBinding -Name $site -Protocol https -Port 443 -HostHeader '@HOST@').AddSslCertificate($certificate.Thumbprint, 'My')

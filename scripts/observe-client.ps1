<#
.SYNOPSIS
Tells a sinkfeed server which addresses a messenger on this Windows client is connected to.

.DESCRIPTION
Finds the messenger's processes by name, watches their TCP connections for a while (the addresses change), prints each
remote address when it is first seen, and reports them all to the server, which puts them into its feeds. Where
Get-NetTCPConnection is missing (Windows 7), netstat -ano is read instead. Needs Windows PowerShell 5.1 or later, no
administrator's rights and no modules.

The token is made on the server, once: sinkfeed token create office-pc --scope observe

.PARAMETER Server
Where the server's HTTP listens, like http://10.0.0.2:8053. This client must be in its http.allow.

.PARAMETER Token
The token. Better in the environment, as SINKFEED_TOKEN: command lines are seen by others.

.PARAMETER ProcessName
The messenger's programs; googletalk.exe if nothing is given.

.PARAMETER Seconds
How long to watch. 0 looks once.

.PARAMETER ProfileName
The server's profile that the addresses are for.

.PARAMETER Port
Connections to other ports are left out, because the feeds block none of them. Those of google-talk if nothing is given.

.EXAMPLE
scripts\observe-client.ps1 -Server http://10.0.0.2:8053 -Seconds 300

.EXAMPLE
scripts\observe-client.ps1 -Server http://10.0.0.2:8053 -WhatIf
Watches and prints, and reports nothing.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)] [string] $Server,
    [string] $Token = $env:SINKFEED_TOKEN,
    [string[]] $ProcessName = @('googletalk.exe'),
    [ValidateRange(0, 86400)] [int] $Seconds = 60,
    [string] $ProfileName = 'google-talk',
    [int[]] $Port = @(80, 443, 5222, 5223)
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# Says what is wrong in one line and ends: a stack trace helps nobody here.
function Stop-WithReason([string] $Reason) {
    [Console]::Error.WriteLine("observe-client: $Reason")
    exit 1
}

# Addresses that no feed holds, and that are none of the messenger's servers.
function Test-Local([string] $Address) {
    return $Address -match '^(0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|::$|::1$|f[cd]|fe[89ab])'
}

# The remote ends of these processes' TCP connections, as objects with Address and Port.
function Get-RemoteEnd([int[]] $Id) {
    if (Get-Command Get-NetTCPConnection -ErrorAction SilentlyContinue) {
        foreach ($connection in @(Get-NetTCPConnection -ErrorAction SilentlyContinue)) {
            if ($Id -notcontains [int] $connection.OwningProcess) { continue }
            if (@('Listen', 'Bound', 'SynReceived') -contains [string] $connection.State) { continue }
            New-Object PSObject -Property @{ Address = [string] $connection.RemoteAddress; Port = [int] $connection.RemotePort }
        }
        return
    }
    foreach ($line in @(& netstat.exe -ano)) {
        $words = @(-split $line)
        if ($words.Count -lt 4 -or $words[0] -ne 'TCP') { continue }
        # The state's word is of the system's language, and is not needed: what listens has no remote end.
        if ($words[$words.Count - 1] -notmatch '^[0-9]+$' -or $Id -notcontains [int] $words[$words.Count - 1]) { continue }
        if ($words[2] -notmatch '^\[?([0-9A-Fa-f.:]+)(%[^\]]*)?\]?:([0-9]+)$') { continue }
        New-Object PSObject -Property @{ Address = $Matches[1]; Port = [int] $Matches[3] }
    }
}

if ($Server -notmatch '^https?://') { $Server = "http://$Server" }
$Server = $Server.TrimEnd('/')
if (-not $Token -and -not $WhatIfPreference) {
    Stop-WithReason 'no token: set SINKFEED_TOKEN or give -Token; "sinkfeed token create NAME --scope observe" on the server makes one'
}

# powershell -File hands a list over as one text.
$ProcessName = @($ProcessName | ForEach-Object { $_ -split ',' } | ForEach-Object { $_.Trim() } | Where-Object { $_ })
$names = @($ProcessName | ForEach-Object { $_ -replace '\.exe$', '' })
$found = @{}
$hadProcess = $false
$until = (Get-Date).AddSeconds($Seconds)
while ($true) {
    $ids = @(Get-Process -Name $names -ErrorAction SilentlyContinue | ForEach-Object { $_.Id })
    if ($ids.Count -gt 0) {
        $hadProcess = $true
        foreach ($end in @(Get-RemoteEnd $ids)) {
            $address = ($end.Address -replace '%.*$', '') -replace '^::ffff:(?=[0-9]+\.)', ''
            if ($Port -notcontains $end.Port -or (Test-Local $address) -or $found.ContainsKey($address)) { continue }
            $found[$address] = $end.Port
            Write-Output ('{0}  {1}:{2}' -f (Get-Date -Format 'HH:mm:ss'), $address, $end.Port)
        }
    }
    if ((Get-Date) -ge $until) { break }
    Start-Sleep -Seconds 1
}

if (-not $hadProcess) { Stop-WithReason "no process is called $($ProcessName -join ' or '); start it, sign in, and try again" }
if ($found.Count -eq 0) {
    Stop-WithReason "in $Seconds seconds $($ProcessName -join ', ') was connected to nothing outside on the ports $($Port -join ', ')"
}

$addresses = @($found.Keys | Sort-Object | ForEach-Object { @{ address = $_; port = $found[$_] } })
$report = @{
    profile   = $ProfileName
    vantage   = 'import'
    detail    = "client $env:COMPUTERNAME $($ProcessName -join ' ') (observe-client)"
    addresses = $addresses
}
if (-not $PSCmdlet.ShouldProcess($Server, "report $($addresses.Count) addresses")) { exit 0 }

$body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $report -Depth 4))
try {
    $answer = Invoke-RestMethod -Method Post -Uri "$Server/api/v1/ips/observed" -Body $body -ContentType 'application/json; charset=utf-8' `
        -Headers @{ Authorization = "Bearer $Token" } -UseBasicParsing -TimeoutSec 60
} catch {
    $reason = $_.Exception.Message
    # The server says what is wrong, as a sentence in its answer.
    if ($_.ErrorDetails -and $_.ErrorDetails.Message) {
        $said = $_.ErrorDetails.Message
        try { $reason = (ConvertFrom-Json $said).detail } catch { $reason = $said.Trim() }
    }
    Stop-WithReason "$Server did not take the addresses: $reason"
}
foreach ($item in $answer.addresses) {
    $news = if ($item.known) { 'known' } else { 'new' }
    $why = if ($item.reason) { ": $($item.reason)" } else { '' }
    Write-Output ('{0}  {1}  {2}{3}' -f $item.address, $news, $item.state, $why)
}

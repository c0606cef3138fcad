using System.Globalization;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Io;

public sealed class IdentityFileTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-identity-").FullName;

    private string File_ => Path.Combine(_folder, "identity.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AnIdentityIsMadeAndFoundAgain()
    {
        var path = Path.Combine(_folder, "a", "b", "identity.pem");
        byte[] card;
        using (var made = IdentityFile.OpenOrCreate(path, s_now))
        {
            card = made.Keys.Card.Bytes.ToArray();
            Assert.True(SignedRecords.Verify(made.Keys.Card.SigningPoint, "p", [1], made.Keys.Sign("p", [1])));
        }
        var bytes = File.ReadAllBytes(path);
        using var found = IdentityFile.OpenOrCreate(path, s_now);
        Assert.Equal(card, found.Keys.Card.Bytes.ToArray());
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal(["identity.pem", "identity.pem.lock"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheFileSaysWhatIsWhatAndIsItsOwnersAlone()
    {
        using var identity = IdentityFile.OpenOrCreate(File_, s_now);
        var text = File.ReadAllText(File_);
        Assert.StartsWith($"# Netflux identity of peer {identity.Keys.Id}\n", text, StringComparison.Ordinal);
        Assert.Contains("# 1. The signing key (ECDSA, P-256): it proves who this peer is.\n-----BEGIN PRIVATE KEY-----\n", text, StringComparison.Ordinal);
        Assert.Contains("# 2. The sealing key (ECDH, P-256): others seal to it what only this peer may read.\n-----BEGIN PRIVATE KEY-----\n", text, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_ + ".lock"));
    }

    [Fact]
    public void OneProcessAtATimeUsesIt()
    {
        using (IdentityFile.OpenOrCreate(File_, s_now))
        {
            var thrown = Assert.Throws<NetfluxException>(() => IdentityFile.OpenOrCreate(File_, s_now));
            Assert.Equal((NetfluxError.IdentityInUse, true), (thrown.Error, thrown.CanRetry));
            Assert.Equal($"The identity {File_} is used by another running process: end that one, or use another identity file.", thrown.Message);
        }
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
    }

    [Fact]
    public void IncarnationsRiseAlsoWhereTheClockDoesNot()
    {
        Assert.Equal([1_772_600_767_000UL, 1_772_600_767_001, 1_772_600_767_002, 1_772_600_777_000, 1_772_600_777_001],
            new[] { s_now, s_now, s_now.AddDays(-1), s_now.AddSeconds(10), DateTimeOffset.MinValue }.Select(now =>
            {
                using var identity = IdentityFile.OpenOrCreate(File_, now);
                return identity.Incarnation.Value;
            }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("18446744073709551615\n")]
    [InlineData("0000000000000000x")]
    public void ALockLeftByADeadProcessIsNoObstacleWhateverItHolds(string content)
    {
        File.WriteAllText(File_ + ".lock", content);
        using var identity = IdentityFile.OpenOrCreate(File_, s_now);
        Assert.Equal((ulong)s_now.ToUnixTimeMilliseconds(), identity.Incarnation.Value);
    }

    [Fact]
    public void WhatAKilledProcessBeganToWriteIsNoObstacle()
    {
        File.WriteAllText(File_ + ".new", "-----BEGIN PRI");
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
        Assert.False(File.Exists(File_ + ".new"));
    }

    [Fact]
    public void EveryTruncationAndMixtureIsRefusedAndLeftAsItWas()
    {
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
        var other = Path.Combine(_folder, "other.pem");
        IdentityFile.OpenOrCreate(other, s_now).Dispose();
        var (good, otherGood) = (File.ReadAllText(File_).TrimEnd('\n'), File.ReadAllText(other));
        var second = good.IndexOf("# 2.", StringComparison.Ordinal);
        for (var length = 0; length < good.Length; length++) IsDamaged(good[..length]);
        IsDamaged(good[..second] + otherGood[otherGood.IndexOf("# 2.", StringComparison.Ordinal)..]);
        IsDamaged(good + "\n" + otherGood);
        IsDamaged(new string('x', 20_000));
        IsDamaged("\0\u0001garbage");
        IsDamaged("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + good);
        var changed = 0;
        for (var at = good.IndexOf("-----", StringComparison.Ordinal); at < good.Length; at += 7)
        {
            if (!char.IsAsciiLetterLower(good[at]) || good[at] == 'z' || good[at - 1] == '#' || good.LastIndexOf("-----", at, StringComparison.Ordinal) < good.LastIndexOf('#', at)) continue;
            changed++;
            var bytes = good[..at] + (char)(good[at] + 1) + good[(at + 1)..];
            File.WriteAllText(File_, bytes);
            try { IdentityFile.OpenOrCreate(File_, s_now).Dispose(); Assert.Fail($"character {at} changed"); }
            catch (NetfluxException e) { Assert.Equal(NetfluxError.IdentityInvalid, e.Error); }
        }
        Assert.InRange(changed, 5, 200);
        File.WriteAllText(File_, good);
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void WhatOthersMayReadIsRefusedWithTheCommandThatHelps(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows()) return;
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        var thrown = Assert.Throws<NetfluxException>(() => IdentityFile.OpenOrCreate(File_, s_now));
        Assert.Equal(NetfluxError.IdentityInvalid, thrown.Error);
        Assert.EndsWith($"If nobody has, run: chmod 600 {File_}", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | more, File.GetUnixFileMode(File_));
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
    }

    [Fact]
    public void FoldersLinksAndWhatIsNoPathAreRefusedWithASentence()
    {
        Assert.Contains("is a folder", Refused(_folder), StringComparison.Ordinal);
        Assert.Contains("is empty, or not a path", Refused(" "), StringComparison.Ordinal);
        Assert.Contains("is empty, or not a path", Refused("a\0b"), StringComparison.Ordinal);
        Assert.Contains("cannot be kept there", Refused(Path.Combine(_folder, new string('a', 300))), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        Assert.Contains("cannot be kept there", Refused(Path.Combine(_folder, "file", "identity.pem")), StringComparison.Ordinal);
        if (OperatingSystem.IsWindows()) return;
        IdentityFile.OpenOrCreate(File_, s_now).Dispose();
        var link = Path.Combine(_folder, "link.pem");
        File.CreateSymbolicLink(link, File_);
        Assert.Contains("is a symbolic link", Refused(link), StringComparison.Ordinal);
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(_folder, "nowhere"));
        Assert.Contains("is a symbolic link", Refused(link), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "nowhere")));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsRefusedWithASentence()
    {
        // Modes do not stop root, but nobody creates files in /proc.
        if (OperatingSystem.IsLinux()) Assert.StartsWith("The identity /proc/identity.pem cannot be ", Refused("/proc/identity.pem"), StringComparison.Ordinal);
    }

    [Fact]
    public void CultureAndTimeZoneChangeNothing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
            using (var turkish = IdentityFile.OpenOrCreate(File_, s_now.ToOffset(TimeSpan.FromHours(3)))) Assert.Equal(1_772_600_767_000UL, turkish.Incarnation.Value);
            CultureInfo.CurrentCulture = new CultureInfo("ar-SA");
            using var arabic = IdentityFile.OpenOrCreate(File_, s_now.ToOffset(TimeSpan.FromHours(-11)));
            Assert.Equal(1_772_600_767_001UL, arabic.Incarnation.Value);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void ManyOpeningsLeaveNoHandles()
    {
        for (var i = 0; i < 50; i++) IdentityFile.OpenOrCreate(File_, s_now).Dispose();
        if (!OperatingSystem.IsLinux()) return;
        var open = Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).Count(target => target?.StartsWith(_folder, StringComparison.Ordinal) == true);
        Assert.Equal(0, open);
    }

    private void IsDamaged(string text)
    {
        File.WriteAllText(File_, text);
        var bytes = File.ReadAllBytes(File_);
        Assert.Contains("is not a Netflux identity, or is damaged. It was left as it is", Refused(File_), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(File_));
    }

    private static string Refused(string path)
    {
        var thrown = Assert.Throws<NetfluxException>(() => IdentityFile.OpenOrCreate(path, s_now));
        Assert.Equal(NetfluxError.IdentityInvalid, thrown.Error);
        return thrown.Message;
    }
}

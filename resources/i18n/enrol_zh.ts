<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Enrol</name>
    <message>
        <source>Type the address that the branch gave you.</source>
        <translation>请填写网点给您的地址。</translation>
    </message>
    <message>
        <source>Type your login at the branch.</source>
        <translation>请填写您在网点的用户名。</translation>
    </message>
    <message>
        <source>Type the password that the branch gave you.</source>
        <translation>请填写网点给您的密码。</translation>
    </message>
    <message>
        <source>Choose a password of your own.</source>
        <translation>请设置您自己的密码。</translation>
    </message>
    <message>
        <source>The two are not the same. Type it again.</source>
        <translation>两次输入不一样，请再输一次。</translation>
    </message>
    <message>
        <source>Something went wrong that should not.</source>
        <translation>出了不该出的差错。</translation>
    </message>
    <message>
        <source>Please try again.</source>
        <translation>请再试一次。</translation>
    </message>
    <message>
        <source>The new password is the first one again.</source>
        <translation>新密码和初始密码一样。</translation>
    </message>
    <message>
        <source>Choose another.</source>
        <translation>请换一个。</translation>
    </message>
    <message>
        <source>The new password is too easy to guess.</source>
        <translation>新密码太简单。</translation>
    </message>
    <message>
        <source>Choose a longer one.</source>
        <translation>请设置长一些的密码。</translation>
    </message>
    <message>
        <source>This is your first password; only you should know the next.</source>
        <translation>这是初始密码，以后的密码应只有您自己知道。</translation>
    </message>
    <message>
        <source>Choose a password of your own, then go on.</source>
        <translation>请设置您自己的密码，再继续登记。</translation>
    </message>
    <message>
        <source>There is no certificate in this file, or it cannot be read.</source>
        <translation>文件中没有证书，或无法读取。</translation>
    </message>
    <message>
        <source>Choose the file that the branch gave you.</source>
        <translation>请选择网点给您的文件。</translation>
    </message>
    <message>
        <source>This is not a practice server.</source>
        <translation>这不是练习服务器。</translation>
    </message>
    <message>
        <source>Check the address, or switch practice off.</source>
        <translation>请核对地址，或关掉“练习用”。</translation>
    </message>
    <message>
        <source>This laptop is enrolled already.</source>
        <translation>这台电脑已经登记过。</translation>
    </message>
    <message>
        <source>Close the window and open it again.</source>
        <translation>请关闭窗口后重新打开。</translation>
    </message>
    <message>
        <source>The program cannot write to its folder.</source>
        <translation>程序无法写入自己的文件夹。</translation>
    </message>
    <message>
        <source>Free some space on the disk, or ask the branch&apos;s technician.</source>
        <translation>请清理磁盘空间，或联系网点技术人员。</translation>
    </message>
</context>
<context>
    <name>EnrolPage</name>
    <message>
        <source>Enrol this laptop</source>
        <translation>登记这台电脑</translation>
    </message>
    <message>
        <source>Once, with the branch&apos;s network. Afterwards you also work without a network.</source>
        <translation>只需在网点联网登记一次，以后没有网络也能工作。</translation>
    </message>
    <message>
        <source>From the branch</source>
        <translation>网点给的信息</translation>
    </message>
    <message>
        <source>Your passphrase for this laptop</source>
        <translation>这台电脑的口令</translation>
    </message>
    <message>
        <source>Server address</source>
        <translation>服务器地址</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>登录密码</translation>
    </message>
    <message>
        <source>New password of your own</source>
        <translation>您自己的新密码</translation>
    </message>
    <message>
        <source>New password once more</source>
        <translation>再输一次新密码</translation>
    </message>
    <message>
        <source>Certificate file of the bank</source>
        <translation>银行的证书文件</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>Passphrase once more</source>
        <translation>再输一次口令</translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation>显示输入内容</translation>
    </message>
    <message>
        <source>At least 8 characters; several words are easy to remember. It unlocks the customers on this laptop. Nobody can look it up for you, so remember it well.</source>
        <translation>至少 8 个字符，几个词连在一起便于记忆。口令用来打开本机的客户资料，谁都查不到，请务必记牢。</translation>
    </message>
    <message>
        <source>For practice, with made-up customers</source>
        <translation>练习用，客户都是虚构的</translation>
    </message>
    <message>
        <source>Only with a practice server; never with real customers.</source>
        <translation>只能连练习服务器，不要录入真实客户。</translation>
    </message>
    <message>
        <source>The branch gave me a certificate file</source>
        <translation>网点给了我证书文件</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Asking the server and setting up the encryption. This takes a few seconds.</source>
        <translation>正在向服务器登记并设置加密，需要几秒钟。</translation>
    </message>
    <message>
        <source>Enrolling…</source>
        <translation>正在登记…</translation>
    </message>
    <message>
        <source>Enrol</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Certificates (*.pem *.crt *.cer)</source>
        <translation>证书文件 (*.pem *.crt *.cer)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
</context>
</TS>
